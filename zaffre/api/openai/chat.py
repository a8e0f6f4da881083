"""POST /chat/completions."""

from zaffre.api import stream
from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answer_to
from zaffre.api.openai.annotated import AnnotatedChat
from zaffre.api.openai.stream import ChatStream
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.openai_parameters import CHAT
from zaffre.net.http import Request, Response


async def chat(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, CHAT)
    known = call.request.known
    legacy = "functions" in call.request.fields
    if not known.stream:
        completion = await door.gateway.run(call, asking.chat)
        return answer_to(call, door, request, wire.completion(completion, call.deployment.model, legacy))
    events = await door.gateway.stream(call, asking.chat_stream)
    writer = ChatStream(call.deployment.model, known.stream_options, legacy)
    if call.annotations is not None and call.annotations.shown:
        writer = AnnotatedChat(call.deployment.model, known.stream_options, legacy, call.annotations)
    return answer_to(call, door, request, stream.written(events, writer))
