"""Our client and our server fed with bytes, without sockets between: thousands of cases take seconds."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from zaffre.net.client import Reply, Timeouts
from zaffre.net.client.connection import Connection, Stock
from zaffre.net.http import Limits
from zaffre.net.server.reader import Incoming, Refused, RequestReader


class Wire(asyncio.Transport):
    """A transport that forgets what is written to it and knows whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = False

    def write(self, data: Any) -> None: ...

    def writelines(self, list_of_data: Iterable[Any]) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes in pieces, cut at these places as far as they lie within."""
    at = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(at)]


async def answered(method: str, pieces: Sequence[bytes]) -> tuple[Reply, bool]:
    """The reply of an upstream that says these pieces and closes; and whether, until then, the connection was kept."""
    stock = Stock("upstream", Timeouts())
    connection, wire = Connection(stock), Wire()
    connection.connection_made(wire)
    stock.add(connection)
    reply = Reply(lambda: None, method == "HEAD", may_repeat=False)
    news = connection.ask(reply, b"", b"")
    for piece in pieces:
        if not wire.is_closing():
            connection.data_received(piece)
    kept = connection in stock.idle
    connection.connection_lost(None)
    await news
    return reply, kept


def read_requests(pieces: Sequence[bytes]) -> tuple[list[Incoming], Refused | None]:
    """The whole requests in these pieces, and the refusal after which no more is read."""
    requests: list[Incoming] = []
    reader = RequestReader(requests.append, lambda path: False, Limits(), "http", True)
    try:
        for piece in pieces:
            reader.feed(piece)
    except Refused as refusal:
        return requests, refusal
    return requests, None
