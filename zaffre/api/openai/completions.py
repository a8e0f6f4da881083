"""POST /completions."""

from typing import cast

from zaffre.api import stream
from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answered, streamed
from zaffre.api.openai.stream import TextStream
from zaffre.api.place import Place
from zaffre.core.ports import Completes
from zaffre.gateway.openai_parameters import COMPLETIONS
from zaffre.net.http import Request, Response


async def completions(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, COMPLETIONS)
    served = call.deployment
    backend = cast(Completes, served.backend)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, backend.complete)
        return answered(door, request, wire.text_completion(completion, served.model), served.name)
    events = await door.gateway.stream(call, backend.complete_stream)
    writer = TextStream(served.model, known.stream_options)
    return streamed(door, request, stream.written(events, writer), served.name)
