"""POST /embeddings and POST /images/embeddings."""

from typing import cast

from zaffre.api import wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answered
from zaffre.api.place import Place
from zaffre.core.ports import Embeds, EmbedsImages
from zaffre.gateway.parameters import EMBEDDINGS, IMAGE_EMBEDDINGS
from zaffre.net.http import Request, Response


async def embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, EMBEDDINGS)
    answer = await door.gateway.run(call, cast(Embeds, call.deployment.backend).embed)
    return answered(request, wire.embeddings(answer, call.deployment.model))


async def image_embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, IMAGE_EMBEDDINGS)
    answer = await door.gateway.run(call, cast(EmbedsImages, call.deployment.backend).embed_images)
    return answered(request, wire.embeddings(answer, call.deployment.model))
