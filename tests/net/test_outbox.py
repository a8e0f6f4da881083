"""Bytes that go out at the end of the loop's turn."""

import asyncio
from typing import Any, cast

from zaffre.net.client.connection import Connection, Stock, Timeouts
from zaffre.net.client.reply import Reply
from zaffre.net.failures import Broken
from zaffre.net.outbox import Outbox

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Said:
    """Notes when it is flushed."""

    def __init__(self, name: str, said: list[str]) -> None:
        self.name = name
        self.said = said

    def flush(self) -> None:
        self.said.append(self.name)


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.aborted = False

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.written += b"".join(pieces)

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


def connected() -> tuple[Connection, Wire, Reply]:
    """A connection that was asked something in this turn of the loop."""
    connection, wire, reply = (
        Connection(Stock("there", Timeouts())),
        Wire(),
        Reply(lambda: None, is_head=False, may_repeat=False),
    )
    connection.connection_made(cast(Any, wire))
    connection.ask(reply, b"POST / HTTP/1.1\r\n\r\n", b"body")
    return connection, wire, reply


async def test_what_was_held_back_goes_out_in_a_row_after_the_turn() -> None:
    outbox, said = Outbox(), list[str]()
    for name in ("a", "b"):
        outbox.add(Said(name, said))
        said.append(f"work after {name}")
    assert said == ["work after a", "work after b"]
    await asyncio.sleep(0)
    assert said[2:] == ["a", "b"]
    outbox.add(Said("c", said))
    await asyncio.sleep(0)
    assert said[4:] == ["c"]


async def test_a_request_goes_out_once() -> None:
    connection, wire, _ = connected()
    connection.flush()
    await asyncio.sleep(0)
    assert wire.written == b"POST / HTTP/1.1\r\n\r\nbody"


async def test_an_answer_before_the_request_spoils_the_connection() -> None:
    connection, wire, reply = connected()
    connection.data_received(ANSWER)
    assert reply.status == 200
    assert wire.aborted
    await asyncio.sleep(0)
    assert wire.written == b""


async def test_nothing_goes_out_on_a_connection_that_was_broken_meanwhile() -> None:
    connection, wire, reply = connected()
    connection.fail(Broken("it was"))
    await asyncio.sleep(0)
    assert wire.written == b""
    assert reply.failure is not None
