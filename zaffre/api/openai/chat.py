"""POST /chat/completions."""

from typing import cast

from zaffre.api import stream
from zaffre.api.door import Door
from zaffre.api.openai import wire
from zaffre.api.openai.admission import admit, answered, streamed
from zaffre.api.openai.stream import ChatStream
from zaffre.api.place import Place
from zaffre.core.ports import Chats
from zaffre.gateway.openai_parameters import CHAT
from zaffre.net.http import Request, Response


async def chat(door: Door, request: Request, place: Place) -> Response:
    call = admit(door, request, place, CHAT)
    served = call.deployment
    backend = cast(Chats, served.backend)
    known = call.request.known
    legacy = "functions" in call.request.fields
    if not known.stream:
        completion = await door.gateway.run(call, backend.chat)
        return answered(door, request, wire.completion(completion, served.model, legacy), served.name)
    events = await door.gateway.stream(call, backend.chat_stream)
    writer = ChatStream(served.model, known.stream_options, legacy)
    return streamed(door, request, stream.written(events, writer), served.name)
