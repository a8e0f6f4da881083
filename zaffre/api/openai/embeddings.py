"""POST /embeddings."""

from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answer_to
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.openai_parameters import EMBEDDINGS
from zaffre.net.http import Request, Response


async def embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, EMBEDDINGS)
    answer = await door.gateway.run(call, asking.embed)
    return answer_to(call, door, request, wire.embeddings(answer, call.deployment.model))
