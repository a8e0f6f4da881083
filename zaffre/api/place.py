"""Where a request arrived: a surface's endpoint, and what its address names."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from zaffre.api.door import Door
from zaffre.core.surface import Surface
from zaffre.net.http import Request, Response


class Place(Struct, frozen=True):
    """An address and what answers there."""

    surface: Surface
    methods: Mapping[str, "Endpoint"]
    deployment: str | None = None
    """The one that the address names, percent-decoded."""
    item: str = ""
    """The id that the address ends in or goes on from, percent-decoded."""


Endpoint = Callable[[Door, Request, Place], Awaitable[Response]]
