"""POST /contentsafety/text:detectProtectedMaterial, where somebody knows: nothing in this process does."""

from typing import Annotated

from msgspec import Meta, Struct

from zaffre.api.contentsafety.entrance import LONGEST, answered, body_of, count, enter
from zaffre.api.door import Door
from zaffre.api.place import Place
from zaffre.core.errors import NotFound
from zaffre.net.http import Request, Response


class DetectProtectedMaterial(Struct):
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


async def detect_protected_material(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    finder = door.content_safety.protected
    if finder is None:
        raise NotFound
    body = body_of(request, DetectProtectedMaterial)
    await count(principal, body.text)
    detected = await finder.protected(body.text)
    return answered(request, {"protectedMaterialAnalysis": {"detected": detected}})
