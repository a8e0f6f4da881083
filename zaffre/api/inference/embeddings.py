"""POST /embeddings and POST /images/embeddings."""

from typing import cast

from zaffre.api import wire
from zaffre.api.inference.door import Door, answered
from zaffre.core.ports import Embeds, EmbedsImages
from zaffre.gateway.parameters import EMBEDDINGS, IMAGE_EMBEDDINGS
from zaffre.net.http import Request, Response


async def embeddings(door: Door, request: Request, deployment: str | None, native: bool) -> Response:
    call = door.admit(request, deployment, native, EMBEDDINGS)
    answer = await door.gateway.run(call, cast(Embeds, call.deployment.backend).embed)
    return answered(request, wire.embeddings(answer, call.deployment.model))


async def image_embeddings(door: Door, request: Request, deployment: str | None, native: bool) -> Response:
    call = door.admit(request, deployment, native, IMAGE_EMBEDDINGS)
    answer = await door.gateway.run(call, cast(EmbedsImages, call.deployment.backend).embed_images)
    return answered(request, wire.embeddings(answer, call.deployment.model))
