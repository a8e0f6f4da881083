"""GET /msi/token: App Service's managed identity, `2019-08-01`.

The variables IDENTITY_ENDPOINT and IDENTITY_HEADER send every Azure Identity library there.
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from typing import Final

from zaffre.api.door import Door
from zaffre.api.identity.documents import said
from zaffre.api.place import Place
from zaffre.net.http import Request, Response

HEADER: Final = b"x-identity-header"
_USER_ASSIGNED: Final = ("client_id", "object_id", "principal_id", "mi_res_id")
"""How a caller names another identity than the machine's own."""


async def managed_identity(door: Door, request: Request, place: Place) -> Response:
    local = door.local_identity
    if not local.knows(request.header(HEADER)):
        return _refused(request, 401, "The header X-IDENTITY-HEADER is not the value of IDENTITY_HEADER.")
    if request.parameter("api-version") != "2019-08-01":
        return _refused(request, 400, "The api-version has to be 2019-08-01.")
    resource = request.parameter("resource")
    if not resource:
        return _refused(request, 400, "The parameter resource is missing.")
    named = (request.parameter(name) for name in _USER_ASSIGNED)
    client_id = next(filter(None, named), local.client_id)
    issued = local.issue(resource, client_id)
    answer = {
        "access_token": issued.token,
        "client_id": client_id,
        "expires_on": str(issued.until),
        "resource": resource,
        "token_type": "Bearer",
    }
    return said(request, answer)


def _refused(request: Request, status: int, message: str) -> Response:
    return said(request, {"statusCode": status, "message": message}, status)
