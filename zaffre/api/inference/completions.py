"""POST /completions."""

from typing import cast

from zaffre.api import stream, wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answered, streamed
from zaffre.api.place import Place
from zaffre.core.ports import Completes
from zaffre.gateway.parameters import COMPLETIONS
from zaffre.net.http import Request, Response


async def completions(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, COMPLETIONS)
    backend = cast(Completes, call.deployment.backend)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, backend.complete)
        return answered(request, wire.text_completion(completion, call.deployment.model))
    events = await door.gateway.stream(call, backend.complete_stream)
    writer = stream.TextStream(call.deployment.model, known.stream_options)
    return streamed(request, stream.written(events, writer))
