"""POST /embeddings."""

from typing import cast

from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answered
from zaffre.api.place import Place
from zaffre.core.ports import Embeds
from zaffre.gateway.openai_parameters import EMBEDDINGS
from zaffre.net.http import Request, Response


async def embeddings(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, EMBEDDINGS)
    served = call.deployment
    answer = await door.gateway.run(call, cast(Embeds, served.backend).embed)
    return answered(door, request, wire.embeddings(answer, served.model), served.name)
