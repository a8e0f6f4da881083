"""POST /embeddings and POST /images/embeddings."""

from zaffre.api import wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answer_to
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.parameters import EMBEDDINGS, IMAGE_EMBEDDINGS
from zaffre.net.http import Request, Response


async def embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, EMBEDDINGS)
    answer = await door.gateway.run(call, asking.embed)
    return answer_to(call, request, wire.embeddings(answer, call.deployment.model))


async def image_embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, IMAGE_EMBEDDINGS)
    answer = await door.gateway.run(call, asking.embed_images)
    return answer_to(call, request, wire.embeddings(answer, call.deployment.model))
