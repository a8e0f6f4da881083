"""POST .../listKeys and .../regenerateKey: the server's own two keys."""

from typing import Literal

from msgspec import Struct

from zaffre.api.door import Door
from zaffre.api.management.entrance import answered, body_of, enter, over_all
from zaffre.api.place import Place
from zaffre.net.http import Request, Response


class RegenerateKeyParameters(Struct, rename="camel"):
    key_name: Literal["Key1", "Key2", "key1", "key2"]


async def listed(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    return _pair(request, management.server_keys.pair())


async def regenerate(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    number = int(body_of(request, RegenerateKeyParameters).key_name[-1])
    return _pair(request, await management.server_keys.regenerate(number, actor=principal.name))


def _pair(request: Request, pair: tuple[str, str]) -> Response:
    return answered(request, dict(zip(("key1", "key2"), pair, strict=True)))
