"""The header fields that every answer of these surfaces carries.

Seen on live answers; the published clients read `x-request-id`.
"""

from typing import Final

from zaffre.api.door import Manners
from zaffre.api.headers import EVENT_STREAM, JSON, NO_CACHE, caller_id, request_id
from zaffre.net.http import HeaderList, Request

_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")


def openai_headers(
    request: Request, manners: Manners, content_type: tuple[bytes, bytes] = JSON, deployment: str = ""
) -> HeaderList:
    """Content type, our request id under Azure's names, the caller's own id echoed, the region and who answered.

    Args:
        deployment: whose answer it is; "" for none's.
    """
    unique = request_id()
    headers = [
        content_type,
        (b"apim-request-id", unique),
        (b"x-request-id", unique),
        (b"x-ms-client-request-id", caller_id(request) or unique),
        (b"x-ms-region", manners.region.encode()),
        _NO_SNIFFING,
    ]
    if deployment:
        headers.append((b"x-ms-deployment-name", deployment.encode("ascii", "replace")))
    if content_type is EVENT_STREAM:
        headers.append(NO_CACHE)
    return headers
