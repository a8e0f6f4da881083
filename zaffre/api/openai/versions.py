"""The query `api-version`: which are taken.

Dates: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

import re
from typing import Final
from urllib.parse import unquote

from zaffre.api.door import Manners
from zaffre.core.errors import BadRequest, NotFound
from zaffre.core.surface import Surface
from zaffre.net.http import Request

_SAID: Final = re.compile(r"(?:^|&)api-version=([^&]*)", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?", re.IGNORECASE)
_UNDATED: Final = frozenset({"v1", "preview", "latest"})
_PUBLISHED: Final = frozenset(
    {
        "2022-12-01",
        "2023-05-15",
        "2024-02-01",
        "2024-06-01",
        "2024-10-21",
        *(
            f"{date}-preview"
            for date in (
                "2023-03-15",
                "2023-06-01",
                "2023-07-01",
                "2023-08-01",
                "2023-09-01",
                "2023-10-01",
                "2023-12-01",
                "2024-02-15",
                "2024-03-01",
                "2024-04-01",
                "2024-05-01",
                "2024-07-01",
                "2024-08-01",
                "2024-09-01",
                "2024-10-01",
                "2024-12-01",
                "2025-01-01",
                "2025-02-01",
                "2025-03-01",
                "2025-04-01",
            )
        ),
    }
)


def version_of(request: Request) -> str:
    """The request's `api-version`, "" where it has none."""
    found = _SAID.search(request.query)
    return unquote(found[1]) if found else ""


def check_version(request: Request, surface: Surface, manners: Manners) -> None:
    """
    Raises:
        NotFound: classic without a version, or with one that there is not: Azure's own answer.
        BadRequest: a dated version on v1, where only published versions are taken.
    """
    version = version_of(request).lower()
    strict = manners.api_versions == "strict"
    if surface is Surface.V1:
        if strict and version and version not in _UNDATED:
            raise BadRequest("API version not supported", param="api-version")
        return
    if version not in _UNDATED and not (version in _PUBLISHED if strict else _DATE.fullmatch(version)):
        raise NotFound
