"""A backend that remembers what it was asked and answers what it was told to: the far end of these tests."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec

from zaffre.api.door import Door, Manners
from zaffre.api.router import Router
from zaffre.auth.keys import Keys
from zaffre.auth.local_identity import LocalIdentity
from zaffre.auth.tokens import Tokens
from zaffre.core.chat import (
    AnswerMessage,
    ChatRequest,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionRequest,
    Delta,
    TextChoice,
    TextCompletion,
    Usage,
)
from zaffre.core.deployment import Deployment, ModelInfo
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.core.modality import Modality
from zaffre.gateway.gateway import Gateway
from zaffre.gateway.meter import UNMETERED, Metering
from zaffre.net.http import Request, Response
from zaffre.services.responses.service import Responses
from zaffre.store import Database
from zaffre.store import Responses as StoredResponses

KEY = "a-key-that-opens-the-door-0123456789"


class Canned:
    """Answers every ability with what the test handed over; `error` is raised instead where one is given."""

    unsupported: frozenset[str] = frozenset()
    takes: frozenset[str] | None = None
    """Parameters beyond the Inference API's; None: any."""

    def __init__(
        self,
        completion: Completion | None = None,
        chunks: list[list[Chunk]] | None = None,
        error: Exception | None = None,
        breaks: Exception | None = None,
    ) -> None:
        self.asked: list[Any] = []
        self.closed = False
        self._completion = completion or text_answer("Hello.")
        self._chunks = chunks or [[text_chunk("Hello.")], [finish_chunk()]]
        self._error = error
        self._breaks = breaks

    async def chat(self, request: ChatRequest) -> Completion:
        self._remember(request)
        return self._completion

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        self._remember(request)
        try:
            for batch in self._chunks:
                yield batch
            if self._breaks:
                raise self._breaks
        finally:
            self.closed = True

    async def complete(self, request: CompletionRequest) -> TextCompletion:
        self._remember(request)
        return TextCompletion([TextChoice(", indeed.", 0, "stop")], Usage(3, 2, 5))

    async def complete_stream(self, request: CompletionRequest) -> AsyncGenerator[list[TextCompletion], None]:
        self._remember(request)
        yield [TextCompletion([TextChoice(", indeed")]), TextCompletion([TextChoice(".")])]
        yield [TextCompletion([TextChoice("", 0, "stop")], Usage(3, 2, 5))]

    async def embed(self, request: EmbeddingsRequest) -> Embeddings:
        self._remember(request)
        return Embeddings([[0.5, -0.5]], Usage(2, 0, 2))

    async def embed_images(self, request: ImageEmbeddingsRequest) -> Embeddings:
        self._remember(request)
        return Embeddings([[0.25, 0.75]], Usage(1, 0, 1))

    def extras(self, modality: Modality) -> frozenset[str] | None:
        return self.takes

    async def close(self) -> None:
        self.closed = True

    def _remember(self, request: Any) -> None:
        if self._error:
            raise self._error
        self.asked.append(request)


def text_answer(text: str | None, finish: str = "stop", **message: Any) -> Completion:
    return Completion([Choice(AnswerMessage(text, **message), 0, finish)], Usage(4, 1, 5))


def text_chunk(text: str, index: int = 0) -> Chunk:
    return Chunk([ChunkChoice(Delta(content=text), index)])


def finish_chunk(reason: str = "stop", usage: Usage | None = None) -> Chunk:
    return Chunk([ChunkChoice(Delta(), 0, reason)], usage or Usage(4, 1, 5))


def deployment(name: str, backend: Any, modality: Modality = Modality.CHAT, **facts: Any) -> Deployment:
    serves = {modality, Modality.COMPLETIONS} if modality is Modality.CHAT else {modality}
    kind = {Modality.CHAT: "chat-completions", Modality.IMAGE_EMBEDDINGS: "image_embeddings"}.get(
        modality, "embeddings"
    )
    info = ModelInfo(f"{name}-model", kind, "zaffre")
    return Deployment(name, f"{name}-model", backend, modality, frozenset(serves), info, **facts)


class Caller:
    """Asks a router as a client would, in HTTP values."""

    def __init__(
        self,
        *deployments: Deployment,
        keys: tuple[str, ...] = (KEY,),
        hosts: Mapping[str, str] | None = None,
        manners: Manners | None = None,
        data: Path = Path("nowhere"),
        metering: Metering = UNMETERED,
        tokens: Tokens | None = None,
        local_identity: LocalIdentity | None = None,
        now: Callable[[], float] = time.time,
    ):
        """
        Args:
            data: the folder of the database, which is made when something is kept.
            tokens: those that are taken beside the keys.
            local_identity: the token authority that answers.
            now: seconds since 1970, by which what is kept grows old.
        """
        named = {each.name.lower(): each for each in deployments}
        default = next((each for each in deployments if each.modality is Modality.CHAT), None)
        self.gateway = Gateway(named, default, metering)
        self.database = Database(data)
        self.responses = Responses(StoredResponses(self.database), lambda: nullcontext(self.gateway), now)
        door = Door(self.gateway, Keys(keys), self.responses, manners, tokens, local_identity)
        self.router = Router(door, hosts or {}, ["localhost"])

    async def close(self) -> None:
        """End what goes on in the background, and the database."""
        await self.responses.close()
        await self.database.close()

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        path, _, query = path.partition("?")
        fields = {b"host": b"localhost", b"api-key": KEY.encode(), b"content-type": b"application/json"}
        fields |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        present = {name: value for name, value in fields.items() if value}
        return await self.router.answer(Request(method, path, query, present, content))

    async def post(self, path: str, body: Any, **headers: str) -> Response:
        return await self.send("POST", path, body, **headers)

    async def get(self, path: str, **headers: str) -> Response:
        return await self.send("GET", path, **headers)


def json_of(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    return msgspec.json.decode(response.body)


def header_of(response: Response, name: bytes) -> bytes | None:
    return next((value for key, value in response.fields if key == name), None)


async def text_of(response: Response) -> str:
    """A streamed body, whole."""
    assert not isinstance(response.body, bytes), response.body
    return b"".join([piece async for piece in response.body]).decode()


async def events_of(response: Response) -> list[Any]:
    """A streamed body's events, the end mark checked and taken off."""
    *events, done, nothing = (await text_of(response)).split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    return [msgspec.json.decode(event.removeprefix("data: ")) for event in events]


def chat(deployment: str | None = "demo", text: str = "Hi", **fields: Any) -> dict[str, Any]:
    named = {} if deployment is None else {"model": deployment}
    return {"messages": [{"role": "user", "content": text}], **named, **fields}
