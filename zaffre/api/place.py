"""Where a request arrived: a surface's endpoint, and what its address names."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum

from msgspec import Struct

from zaffre.api.door import Door
from zaffre.net.http import Request, Response


class Surface(Enum):
    """A published wire API. Each has its own error bodies and headers."""

    INFERENCE = "inference"
    CLASSIC = "classic"
    """Azure OpenAI below `/openai`, with a dated `api-version`."""
    V1 = "v1"
    """OpenAI, below `/openai/v1`, `/v1` and a project's address."""


class Place(Struct, frozen=True):
    """An address and what answers there."""

    surface: Surface
    methods: Mapping[str, "Endpoint"]
    deployment: str | None = None
    """The one that the address names, percent-decoded."""
    item: str = ""
    """The id that the address ends in or goes on from, percent-decoded."""


Endpoint = Callable[[Door, Request, Place], Awaitable[Response]]
