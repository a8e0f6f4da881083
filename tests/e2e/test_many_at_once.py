"""Many callers at once, each with an answer of its own; and callers who go before they have it."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncGenerator

import pytest

from tests.api.canned import KEY as CANNED_KEY
from tests.api.canned import Caller as CannedCaller
from tests.api.canned import Canned, deployment, text_chunk
from tests.e2e.caller import FIELDS
from tests.e2e.servers import KEY, PATIENCE, QUIET, Server
from tests.net.serving import WAYS, Answer, Connection, connected, serving
from zaffre.core.chat import ChatRequest, Chunk, Completion
from zaffre.net.server.listen import Address


def posted(body: object, key: str = KEY) -> bytes:
    """A chat as bytes on the wire."""
    content = json.dumps(body).encode()
    fields = {**FIELDS, "api-key": key, "host": "localhost", "content-length": str(len(content))}
    lines = ["POST /models/chat/completions HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def chat(text: str, stream: bool) -> dict[str, object]:
    return {"model": "able", "messages": [{"role": "user", "content": text}], "stream": stream}


def text_in(answer: Answer) -> str:
    if not answer.headers["content-type"].startswith("text/event-stream"):
        return str(json.loads(answer.body)["choices"][0]["message"]["content"])
    events = [line.removeprefix("data: ") for line in answer.body.decode().split("\n\n")]
    assert events[-2:] == ["[DONE]", ""]
    return "".join(json.loads(event)["choices"][0]["delta"]["content"] for event in events[:-2])


async def test_fifty_calls_at_once_are_each_answered_with_their_own_words(server: Server) -> None:
    async def ask(number: int) -> list[str]:
        async with connected(Address("http", server.host, server.port)) as connection:
            said = []
            for turn in range(4):
                connection.send(posted(chat(f"caller {number} turn {turn}", stream=bool(turn % 2))))
                answer = await connection.answer()
                assert answer.complete
                said.append(text_in(answer))
            return said

    heard = await asyncio.gather(*map(ask, range(50)))
    assert heard == [[f"You said: caller {number} turn {turn}" for turn in range(4)] for number in range(50)]
    assert not QUIET.search(server.log), server.log


class Waiting(Canned):
    """A backend that never comes to an end of itself, and knows when nobody wants it any more."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for = asyncio.Event()
        self.given_up = asyncio.Event()

    async def chat(self, request: ChatRequest) -> Completion:
        async for _ in self._forever():
            pass
        raise AssertionError

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        async for _ in self._forever():
            yield [text_chunk("on")]

    async def _forever(self) -> AsyncGenerator[None, None]:
        try:
            yield
            self.asked_for.set()
            await asyncio.Event().wait()
        finally:
            self.given_up.set()


def leave(connection: Connection) -> None:
    connection.close()


def reset(connection: Connection) -> None:
    plug: socket.socket = connection.writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


@pytest.mark.parametrize("go", [leave, reset])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_caller_who_goes_frees_the_backend(way: str, stream: bool, go: object) -> None:
    backend = Waiting()
    router = CannedCaller(deployment("able", backend)).router
    async with (
        asyncio.timeout(PATIENCE),
        serving(router.answer, way) as address,
        connected(address) as connection,
    ):
        connection.send(posted(chat("Hi", stream), CANNED_KEY))
        if stream:
            assert b'"content":"on"' in await connection.reader.readuntil(b'"content":"on"')
        await backend.asked_for.wait()
        assert not backend.given_up.is_set()
        go(connection)  # type: ignore[operator]
        await backend.given_up.wait()


async def test_hundreds_who_leave_before_their_first_word_keep_nobody_waiting(server: Server) -> None:
    address = Address("http", server.host, server.port)
    for _ in range(10):
        async with asyncio.timeout(PATIENCE):
            connections = [await asyncio.open_connection(address.host, address.port) for _ in range(30)]
            for _, writer in connections:
                writer.write(posted(chat("endless", stream=True)))
            for _, writer in connections:
                writer.close()
    async with connected(address) as connection:
        connection.send(posted(chat("Hi", stream=True)))
        assert text_in(await connection.answer()) == "You said: Hi"
