"""POST /completions."""

from zaffre.api import stream, wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answer_to
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.parameters import COMPLETIONS
from zaffre.net.http import Request, Response


async def completions(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, COMPLETIONS)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, asking.complete)
        return answer_to(call, request, wire.text_completion(completion, call.deployment.model))
    events = await door.gateway.stream(call, asking.complete_stream)
    writer = stream.TextStream(call.deployment.model, known.stream_options)
    return answer_to(call, request, stream.written(events, writer))
