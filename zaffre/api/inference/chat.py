"""POST /chat/completions."""

from zaffre.api import stream, wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answer_to
from zaffre.api.inference.stream import ChatStream
from zaffre.api.place import Place
from zaffre.gateway import asking
from zaffre.gateway.parameters import CHAT
from zaffre.net.http import Request, Response


async def chat(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, CHAT)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, asking.chat)
        return answer_to(call, request, wire.completion(completion, call.deployment.model))
    events = await door.gateway.stream(call, asking.chat_stream)
    writer = ChatStream(call.deployment.model, known.stream_options)
    return answer_to(call, request, stream.written(events, writer))
