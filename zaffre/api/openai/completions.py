"""POST /completions."""

from zaffre.api import stream
from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answer_to
from zaffre.api.openai.annotated import AnnotatedText
from zaffre.api.openai.stream import TextStream
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.openai_parameters import COMPLETIONS
from zaffre.net.http import Request, Response


async def completions(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, COMPLETIONS)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, asking.complete)
        return answer_to(call, door, request, wire.text_completion(completion, call.deployment.model))
    events = await door.gateway.stream(call, asking.complete_stream)
    writer = TextStream(call.deployment.model, known.stream_options)
    if call.annotations is not None and call.annotations.shown:
        writer = AnnotatedText(call.deployment.model, known.stream_options, call.annotations)
    return answer_to(call, door, request, stream.written(events, writer))
