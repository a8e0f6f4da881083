"""The backend of a deployment whose model continues texts: chat and text completion."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from zaffre.core.chat import (
    ChatRequest,
    Chunk,
    Completion,
    CompletionRequest,
    TextCompletion,
    Usage,
)
from zaffre.core.modality import Modality
from zaffre.engine.local.answer import ChatRun, E, Run, TextRun, plus, refusal
from zaffre.engine.local.gather import whole_chat, whole_text
from zaffre.engine.local.lease import Leased
from zaffre.engine.local.llama import Llama, Operation, Refused
from zaffre.engine.local.prompt import (
    CHAT_EXTRAS,
    COMPLETION_EXTRAS,
    another,
    chat_ask,
    choices_of,
    completion_asks,
)


class LocalChat(Leased):
    """A local model that chats. Several answers to one request are written one after another."""

    def extras(self, modality: Modality) -> frozenset[str]:
        """Of chats and of text completions."""
        return CHAT_EXTRAS if modality is Modality.CHAT else COMPLETION_EXTRAS

    async def chat(self, request: ChatRequest) -> Completion:
        """
        Raises:
            ContextOverflow, BadRequest, UnsupportedParameters, InvalidParameters: the request does not fit the model.
            Overloaded: the model is still loading, or too many calls wait for it.
            UpstreamMisconfigured: the model could not be loaded.
            UpstreamError: it failed.
        """
        return await whole_chat(self.chat_stream(request))

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        """The same answer as it is written; the usage comes with the last chunk. Raises as `chat` does."""
        llama = await self._lease.ready()
        ask = chat_ask(request, self.unsupported)
        runs = [ChatRun(another(ask, place), place) for place in range(choices_of(request.extras))]
        async with aclosing(self._written(llama, "chat", runs, request)) as pieces:
            async for chunks in pieces:
                yield chunks

    async def complete(self, request: CompletionRequest) -> TextCompletion:
        """Raises as `chat` does."""
        return await whole_text(self.complete_stream(request))

    async def complete_stream(self, request: CompletionRequest) -> AsyncGenerator[list[TextCompletion], None]:
        """Prompt after prompt; the usage of all comes with the last piece. Raises as `chat` does."""
        llama = await self._lease.ready()
        asks = completion_asks(request)
        choices = range(choices_of(request.extras))
        asked = [another(ask, place) for ask in asks for place in choices]
        runs = [TextRun(ask, index) for index, ask in enumerate(asked)]
        async with aclosing(self._written(llama, "complete", runs, request)) as pieces:
            async for texts in pieces:
                yield texts

    async def _written(
        self, llama: Llama, operation: Operation, runs: Sequence[Run[E]], request: ChatRequest | CompletionRequest
    ) -> AsyncGenerator[list[E], None]:
        usage: Usage | None = None
        for run in runs:
            try:
                async with aclosing(self._lease.engine.events(llama, operation, run.ask.encoded())) as batches:
                    async for events in batches:
                        if pieces := run.read(events):
                            yield pieces
            except Refused as refused:
                raise refusal(refused, request) from refused
            usage = plus(usage, run.usage)
            last = run.end()
            if run is runs[-1]:
                last[-1].usage = usage
            yield last
