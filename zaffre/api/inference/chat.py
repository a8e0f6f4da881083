"""POST /chat/completions."""

from typing import cast

from zaffre.api import stream, wire
from zaffre.api.door import Door
from zaffre.api.inference.admission import admit, answered, streamed
from zaffre.api.inference.stream import ChatStream
from zaffre.api.place import Place
from zaffre.core.ports import Chats
from zaffre.gateway.parameters import CHAT
from zaffre.net.http import Request, Response


async def chat(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place.deployment, CHAT)
    backend = cast(Chats, call.deployment.backend)
    known = call.request.known
    if not known.stream:
        completion = await door.gateway.run(call, backend.chat)
        return answered(request, wire.completion(completion, call.deployment.model))
    events = await door.gateway.stream(call, backend.chat_stream)
    writer = ChatStream(call.deployment.model, known.stream_options)
    return streamed(request, stream.written(events, writer))
