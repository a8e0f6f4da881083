"""One conversation with a deployment over the Inference API, whoever carries the requests."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import msgspec

from zaffre.net.client import Client
from zaffre.net.failures import UpstreamFailure
from zaffre.net.http import Handler, Hangup, Request
from zaffre.net.sse import EventDecoder

PATH = "/models/chat/completions"


BROKEN_OFF = "the answer broke off"


class Unanswered(Exception):
    """There is no answer, or half of one; in words for people."""


class Carrier(Protocol):
    """Takes a chat to a server and brings its stream back. Raises Unanswered."""

    def send(self, headers: dict[bytes, bytes], body: bytes) -> AsyncGenerator[bytes, None]: ...


class OverHttp:
    """Carries requests to a running server."""

    def __init__(self, client: Client, endpoint: str) -> None:
        self._pool = client.pool(endpoint)

    async def send(self, headers: dict[bytes, bytes], body: bytes) -> AsyncGenerator[bytes, None]:
        """
        Raises:
            Unanswered
        """
        try:
            reply = await self._pool.send("POST", PATH, list(headers.items()), body)
            try:
                if reply.status != 200:
                    raise Unanswered(_message(await reply.read(), reply.status))
                async for piece in reply:
                    yield piece
            finally:
                reply.close()
        except UpstreamFailure as failure:
            raise Unanswered(str(failure) or BROKEN_OFF) from None


class InProcess:
    """Hands requests to an application in this process, where no server runs."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def send(self, headers: dict[bytes, bytes], body: bytes) -> AsyncGenerator[bytes, None]:
        """
        Raises:
            Unanswered
        """
        try:
            response = await self._handler(Request("POST", PATH, "", headers, body))
            if isinstance(response.body, bytes):
                raise Unanswered(_message(response.body, response.status))
            async with aclosing(response.body) as pieces:
                async for piece in pieces:
                    yield piece
        except Hangup:
            raise Unanswered(BROKEN_OFF) from None


class Conversation:
    """The messages so far, and the next answer."""

    def __init__(self, carrier: Carrier, deployment: str, key: str | None) -> None:
        self._carrier = carrier
        self._deployment = deployment
        self._headers = {b"content-type": b"application/json"}
        if key:
            self._headers[b"api-key"] = key.encode()
        self._messages: list[dict[str, Any]] = []

    async def say(self, text: str) -> AsyncGenerator[str, None]:
        """The answer to `text`, word by word. A refused text is forgotten, an answer cut short is kept as it is.

        Raises:
            Unanswered
        """
        asked = [*self._messages, {"role": "user", "content": text}]
        body = msgspec.json.encode({"model": self._deployment, "messages": asked, "stream": True})
        answer: list[str] = []
        decoder = EventDecoder()
        try:
            async with aclosing(self._carrier.send(self._headers, body)) as pieces:
                async for piece in pieces:
                    for event in decoder.feed(piece):
                        for word in _words(event):
                            answer.append(word)
                            yield word
        finally:
            if answer:
                self._messages = [*asked, {"role": "assistant", "content": "".join(answer)}]


def _words(event: bytes) -> list[str]:
    if event == b"[DONE]":
        return []
    try:
        deltas = [choice["delta"] for choice in msgspec.json.decode(event)["choices"]]
        return [delta["content"] for delta in deltas if delta.get("content")]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        raise Unanswered("the server's answer is no chat completion") from None


def _message(body: bytes, status: int) -> str:
    if status == 401:
        return "the server takes another key: --key"
    try:
        return str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"the server answered {status}"
