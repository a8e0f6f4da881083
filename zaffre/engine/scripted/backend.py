"""A model that answers by rules: deterministic, for tests, demonstrations and CI."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from msgspec import Raw

from zaffre.config.rules import Rule
from zaffre.core.chat import (
    AnswerMessage,
    ChatRequest,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionRequest,
    Delta,
    FunctionFragment,
    TextChoice,
    TextCompletion,
    ToolCall,
    ToolCallFragment,
    Usage,
)
from zaffre.core.embeddings import (
    Embedding,
    Embeddings,
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.core.modality import Modality
from zaffre.core.openai import TABLES
from zaffre.engine.scripted.logprobs import chat_logprobs, text_logprobs
from zaffre.engine.scripted.telling import Script, Sleep, Telling, counted_words, told, usage_of
from zaffre.engine.scripted.vectors import encoded, image_content, kept_dimensions, vector

DIMENSIONS: Final = 1024
CONTEXT: Final = 128_000


class Scripted:
    """The backend of one deployment on a scripted connection: chat, text completion, embeddings."""

    unsupported: frozenset[str] = frozenset()

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        dimensions: int | None = None,
        context: int | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """
        Args:
            rules: the first that fits the last message answers.
            dimensions: of an embedding, at most; 1024 where nothing is said.
            context: words that a prompt may have; 128,000 where nothing is said.
            sleep: waits for so many seconds.
        """
        self._script = Script(tuple(rules), context or CONTEXT)
        self._dimensions = dimensions or DIMENSIONS
        self._sleep = sleep

    def extras(self, modality: Modality) -> frozenset[str]:
        """Whatever OpenAI's API names: a script stands in for a model that can do it."""
        table = TABLES.get(modality)
        return frozenset(table.__struct_fields__) if table else frozenset()

    async def close(self) -> None:
        """Nothing is held open."""

    async def chat(self, request: ChatRequest) -> Completion:
        """
        Raises:
            GatewayError: the one that the script asks for.
            Cut: the script cuts the connection.
            BadRequest: no rule fits.
            ContextOverflow, InvalidParameters
        """
        telling = self._script.for_chat(request)
        pieces = [piece async for piece in told(telling, self._sleep)]
        text = [piece for piece in pieces if isinstance(piece, str)]
        calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
        content = None if calls and not text else "".join(text)
        choices = [
            Choice(AnswerMessage(content, calls or None), index, telling.answer.finish, _chat_logprobs(telling, text))
            for index in range(telling.wishes.choices)
        ]
        return Completion(choices, usage_of([telling]))

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        """The same answer, a chunk for each word or tool call. Raises as `chat` does."""
        telling = self._script.for_chat(request)
        choices = range(telling.wishes.choices)
        calls = 0
        async with aclosing(told(telling, self._sleep)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    delta, logprobs = Delta(piece), _chat_logprobs(telling, [piece])
                else:
                    delta, logprobs = Delta(tool_calls=[_fragment(piece, calls)]), None
                    calls += 1
                yield [Chunk([ChunkChoice(delta, index, None, logprobs) for index in choices])]
                await _breath()
        yield [
            Chunk([ChunkChoice(Delta(), index, telling.answer.finish) for index in choices], usage_of([telling])),
        ]

    async def complete(self, request: CompletionRequest) -> TextCompletion:
        """Raises as `chat` does."""
        tellings = self._script.for_prompts(request)
        choices: list[TextChoice] = []
        for telling in tellings:
            words = [str(piece) async for piece in told(telling, self._sleep)]
            logprobs = _text_logprobs(telling, words, 0)
            choices += [
                TextChoice("".join(words), len(choices) + place, telling.answer.finish, logprobs)
                for place in range(telling.wishes.choices)
            ]
        return TextCompletion(choices, usage_of(tellings))

    async def complete_stream(self, request: CompletionRequest) -> AsyncGenerator[list[TextCompletion], None]:
        """The same answer word by word, one prompt after the other. Raises as `chat` does."""
        tellings = self._script.for_prompts(request)
        begun = 0
        for telling in tellings:
            choices = range(begun, begun + telling.wishes.choices)
            begun += telling.wishes.choices
            offset = 0
            async with aclosing(told(telling, self._sleep)) as pieces:
                async for piece in pieces:
                    word = str(piece)
                    logprobs = _text_logprobs(telling, [word], offset)
                    offset += len(word)
                    yield [TextCompletion([TextChoice(word, index, None, logprobs) for index in choices])]
                    await _breath()
            usage = usage_of(tellings) if telling is tellings[-1] else None
            yield [TextCompletion([TextChoice("", index, telling.answer.finish) for index in choices], usage)]

    async def embed(self, request: EmbeddingsRequest) -> Embeddings:
        """
        Raises:
            InvalidParameters: token ids, or more dimensions than there are.
            ContextOverflow: an input is too long.
        """
        texts = request.known.texts()
        words = sum(counted_words([text], self._script.context, "input") for text in texts)
        return await self._embedded([text.encode(errors="replace") for text in texts], words, request.known)

    async def embed_images(self, request: ImageEmbeddingsRequest) -> Embeddings:
        """
        Raises:
            InvalidParameters: an input is no data URL of an image, or more dimensions than there are.
            ContextOverflow: an input's text is too long.
        """
        sent = request.known.input
        contents = [image_content(item, place) for place, item in enumerate(sent)]
        words = sum(counted_words([item.text or ""], self._script.context, "input") for item in sent)
        return await self._embedded(contents, words, request.known)

    async def _embedded(
        self, contents: Sequence[bytes], words: int, known: EmbeddingsParameters | ImageEmbeddingsParameters
    ) -> Embeddings:
        kept = kept_dimensions(known.dimensions, self._dimensions)
        data: list[Embedding] = []
        for content in contents:
            data.append(encoded(vector(content, self._dimensions, kept), known.encoding_format or "float"))
            await _breath()
        return Embeddings(data, Usage(max(1, words), 0, max(1, words)))


def _chat_logprobs(telling: Telling, words: Sequence[str]) -> Raw | None:
    shown = telling.wishes.logprobs
    return None if shown is None or not words else chat_logprobs(words, shown)


def _text_logprobs(telling: Telling, words: Sequence[str], offset: int) -> Raw | None:
    shown = telling.wishes.logprobs
    return None if shown is None else text_logprobs(words, shown, offset)


def _fragment(call: ToolCall, place: int) -> ToolCallFragment:
    return ToolCallFragment(place, call.id, FunctionFragment(call.function.name, call.function.arguments))


async def _breath() -> None:
    """Lets other calls run, and a cancellation through: nothing else here ever waits."""
    await asyncio.sleep(0)
