"""The one path: name -> deployment, fields -> request, backend -> answer, usage said however the call ended.

Surfaces call `admit`, then `run` or `stream` with the backend's method for their route. A stream's first event is
awaited before anything is said to the caller: until then an upstream's refusal can still be a status.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from zaffre.core.chat import Chunk, ChunkChoice, Completion, CompletionRequest, TextChoice, TextCompletion, Usage
from zaffre.core.deployment import Deployment, Principal
from zaffre.core.errors import NotFound, RouteNotServed, UnknownModel, UpstreamError
from zaffre.core.modality import Modality
from zaffre.core.ports import Relays
from zaffre.core.relay import MODALITIES
from zaffre.gateway import estimate
from zaffre.gateway.fields import Fields
from zaffre.gateway.parameters import Extras, ModelRequest, Operation


class Metered(Protocol):
    """An answer, or an event of one, that may bring the usage."""

    usage: Usage | None


R = TypeVar("R", bound=ModelRequest)
A = TypeVar("A", bound=Metered)
E = TypeVar("E", Chunk, TextCompletion)


class Call(Struct, Generic[R]):
    """One admitted request on its way."""

    principal: Principal
    deployment: Deployment
    request: R


class Gateway:
    """Answers calls for a set of deployments. A new set is a new Gateway; calls in flight keep theirs."""

    def __init__(self, deployments: Mapping[str, Deployment], default: Deployment | None = None) -> None:
        """
        Args:
            deployments: by lower-case name.
            default: who answers `/info` where no name is given.
        """
        self._deployments = deployments
        self._default = default

    def deployment(self, principal: Principal, name: str) -> Deployment:
        """The deployment of that name, in any letter case.

        Raises:
            UnknownModel: there is none, or the principal may not use it.
        """
        found = self._deployments.get(name) or self._deployments.get(name.lower())
        if found is None or not principal.may_use(found):
            raise UnknownModel(name)
        return found

    def deployments(self, principal: Principal) -> list[Deployment]:
        """All that the principal may use, in the configuration's order."""
        return [each for each in self._deployments.values() if principal.may_use(each)]

    def default(self, principal: Principal) -> Deployment:
        """The deployment that is meant where no name is given.

        Raises:
            NotFound: there is none, or the principal may not use it.
        """
        if self._default is None or not principal.may_use(self._default):
            raise NotFound("Resource not found: no deployment is named, and none is the default.")
        return self._default

    def admit(
        self, principal: Principal, name: str, operation: Operation[R], body: bytes, fields: Fields, extras: Extras
    ) -> Call[R]:
        """Resolve and shape: everything that can be refused before the backend is asked.

        Raises:
            UnknownModel, RouteNotServed, ExtraParameters, InvalidParameters, UnsupportedParameters
            RecursionError: the body is nested too deeply.
        """
        deployment = self.deployment(principal, name)
        if operation.modality not in deployment.serves:
            words, azures = _ROUTE_WORDS[operation.modality]
            message = f"Not found: {deployment.model} does not serve {words}."
            raise RouteNotServed(message, operation=azures, model=deployment.model)
        return Call(principal, deployment, operation.shape(deployment, body, fields, extras))

    def relaying(self, principal: Principal, name: str, route: str) -> Deployment:
        """The deployment that hands on requests of this route.

        Raises:
            UnknownModel, RouteNotServed
        """
        deployment = self.deployment(principal, name)
        backend = deployment.backend
        able = isinstance(backend, Relays) and route in backend.relayed
        if not able or MODALITIES[route] not in deployment.serves:
            message = f"Not found: {deployment.model} does not serve {route}."
            raise RouteNotServed(message, operation=route, model=deployment.model)
        return deployment

    async def run(self, call: Call[R], produce: Callable[[R], Awaitable[A]]) -> A:
        """A whole answer, its usage filled in where the backend did not say.

        Raises: what the backend raises, all of `core.errors`.
        """
        answer = await produce(call.request)
        if answer.usage is None:
            answer.usage = estimate.usage(estimate.prompt_characters(call.request), _written_in(answer))
        return answer

    async def stream(
        self, call: Call[R], produce: Callable[[R], AsyncGenerator[list[E], None]]
    ) -> AsyncGenerator[list[E], None]:
        """A stream of events that has begun: its first words are here, so no status can follow any more.

        Raises: what the backend raises before its first words.
        """
        source = produce(call.request)
        first: list[E] = []
        try:
            # Events without words, such as the role's, wait for those: an error may still come instead.
            while not any(map(_has_begun, first)):
                first += await anext(source)
        except StopAsyncIteration:
            if not first:
                raise UpstreamError("The model's server ended its stream before it began.") from None
        except BaseException:
            await source.aclose()
            raise
        return _relayed(call, first, source)


async def _relayed(
    call: Call[R], first: list[E], source: AsyncGenerator[list[E], None]
) -> AsyncGenerator[list[E], None]:
    """The stream from its first event on, closed however it ends, with an estimated usage if none came."""
    written = 0
    usage: Usage | None = None
    of_text = isinstance(call.request, CompletionRequest)
    length_of: Callable[[Any], int] = _length_of_text if of_text else _length_of_delta
    async with aclosing(source):
        events = first
        while True:
            for event in events:
                if event.usage is not None:
                    usage = event.usage
                for choice in event.choices:
                    written += length_of(choice)
            yield events
            try:
                events = await anext(source)
            except StopAsyncIteration:
                break
    if usage is None:
        event_type = TextCompletion if of_text else Chunk
        yield [event_type(usage=estimate.usage(estimate.prompt_characters(call.request), written))]  # type: ignore[list-item]


def _has_begun(event: Chunk | TextCompletion) -> bool:
    """Whether an event says something, if only that it is over."""
    if isinstance(event, TextCompletion):
        return any(choice.text or choice.finish_reason for choice in event.choices)
    deltas = (choice.delta for choice in event.choices)
    return any(choice.finish_reason for choice in event.choices) or any(
        delta.content or delta.tool_calls or delta.reasoning_content or delta.refusal for delta in deltas
    )


def _length_of_text(choice: TextChoice) -> int:
    return len(choice.text)


def _length_of_delta(choice: ChunkChoice) -> int:
    """Characters in one choice of an event. Nearly every one is plain text."""
    delta = choice.delta
    if delta.content:
        return len(delta.content)
    length = len(delta.reasoning_content or "")
    if delta.tool_calls is not None:
        length += sum(len(call.function.arguments or "") for call in delta.tool_calls if call.function)
    return length


def _written_in(answer: Metered) -> int | None:
    match answer:
        case Completion():
            return sum(_length_of_message(choice.message) for choice in answer.choices)
        case TextCompletion():
            return sum(len(choice.text) for choice in answer.choices)
    return None


def _length_of_message(message: Any) -> int:
    calls = sum(len(call.function.arguments) for call in message.tool_calls or ())
    return len(message.content or "") + len(message.reasoning_content or "") + calls


_ROUTE_WORDS = {
    Modality.CHAT: ("chat completions", "chatCompletion"),
    Modality.COMPLETIONS: ("completions", "completion"),
    Modality.TEXT_EMBEDDINGS: ("embeddings", "embeddings"),
    Modality.IMAGE_EMBEDDINGS: ("image embeddings", "imageEmbeddings"),
    Modality.IMAGES: ("images", "imageGeneration"),
    Modality.AUDIO: ("audio", "audio"),
}
"""Our words for each kind of work, and Azure's for the operation."""
