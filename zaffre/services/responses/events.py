"""From a chat's chunks to the events of a response, and to the Response object that they add up to.

Source: https://github.com/openai/openai-openapi, `ResponseStreamEvent`. A whole answer goes the same way, as one chunk.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import Chunk, ChunkChoice, Completion, Delta, FunctionFragment, ToolCall, ToolCallFragment
from zaffre.core.errors import GatewayError
from zaffre.core.responses import OVER
from zaffre.core.screening import Annotations
from zaffre.services.responses.answer import Answer, Standing, Status
from zaffre.services.responses.composition import Composition
from zaffre.services.responses.items import made_id
from zaffre.services.responses.output import ItemStatus
from zaffre.services.responses.parameters import Asked

_encode: Final = msgspec.json.Encoder().encode
_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""The finish reasons that leave a response incomplete, and its own words for them."""


class Event(Struct):
    """One event of a response's stream."""

    type: str
    number: int
    """Its `sequence_number`."""
    data: bytes
    """The event as JSON, type and number included."""


class Writer:
    """One response in the making: chunks in, events out."""

    def __init__(
        self,
        asked: Asked,
        *,
        response_id: str,
        created: int,
        model: str,
        now: Callable[[], float],
        number: int = 0,
        new_id: Callable[[str], str] = made_id,
    ) -> None:
        """
        Args:
            created: seconds since 1970.
            model: the name of the model that answers.
            now: seconds since 1970, asked for when the response is complete.
            number: of the first event. More than 0 where the response has been announced before, as queued.
            new_id: makes the id of an item of a type.
        """
        self.number = number
        """Of the next event."""
        self._answer = Answer(asked, response_id=response_id, created=created, model=model)
        self._standing = Standing("queued" if asked.known.background else "in_progress")
        self._composition = Composition(new_id, shows_logprobs=asked.with_logprobs)
        self._now = now

    @property
    def status(self) -> Status:
        return self._standing.status

    @property
    def over(self) -> bool:
        """Whether there is nothing more to say."""
        return self._standing.status in OVER

    @property
    def output_items(self) -> list[Raw]:
        """The items so far."""
        return [Raw(_encode(output.item())) for output in self._composition.outputs]

    def answered_by(self, model: str) -> None:
        """The name of the model that answers is known now."""
        self._answer.model = model

    def screened_by(self, found: Annotations | None) -> None:
        """Where the deployment's content filter notes what it finds."""
        self._standing.found = found

    def snapshot(self) -> bytes:
        """The Response object as it stands."""
        return _encode(self._object())

    def queue(self) -> list[Event]:
        """The response is announced. One in the background waits for its turn."""
        announced = [self._of_response("created")]
        return [*announced, self._of_response("queued")] if self.status == "queued" else announced

    def begin(self) -> list[Event]:
        """The model is about to answer; the response is announced, unless it was."""
        announced = self.queue() if self.number == 0 else []
        self._standing.status = "in_progress"
        return [*announced, self._of_response("in_progress")]

    def write(self, chunks: Iterable[Chunk]) -> list[Event]:
        """What the model says. Of several choices, the first is the answer."""
        events: list[Event] = []
        for chunk in chunks:
            self._standing.usage = chunk.usage or self._standing.usage
            for choice in chunk.choices:
                if choice.index == 0:
                    events += [self._event(*saying) for saying in self._composition.hear(choice)]
        return events

    def end(self) -> list[Event]:
        """The model has said all."""
        why = _INCOMPLETE.get(self._composition.finish_reason or "")
        status: ItemStatus = "completed" if why is None else "incomplete"
        events = [self._event(*saying) for saying in self._composition.close(status)]
        self._standing.status, self._standing.incomplete = status, why
        if why is None:
            self._standing.completed_at = int(self._now())
        return [*events, self._of_response(status)]

    def fail(self, error: GatewayError) -> list[Event]:
        """The answer broke. What is there of it stays, as incomplete."""
        self._composition.break_off()
        self._standing.status, self._standing.error = "failed", error
        return [self._of_response("failed")]

    def cancel(self) -> None:
        """The caller wants no more. There is no event that says so."""
        self._composition.break_off()
        self._standing.status = "cancelled"

    def _object(self) -> dict[str, Any]:
        self._standing.output = [output.item() for output in self._composition.outputs]
        return self._answer.now(self._standing)

    def _of_response(self, what: str) -> Event:
        return self._event(f"response.{what}", {"response": self._object()})

    def _event(self, kind: str, fields: dict[str, Any]) -> Event:
        data = _encode({"type": kind, "sequence_number": self.number, **fields})
        event = Event(kind, self.number, data)
        self.number += 1
        return event


def chunk_of(answer: Completion) -> Chunk:
    """A whole answer as the one chunk that says all of it."""
    choices = []
    for choice in answer.choices:
        said = choice.message
        calls = [_fragment(place, call) for place, call in enumerate(said.tool_calls or ())]
        delta = Delta(said.content, calls or None, said.reasoning_content, said.refusal)
        choices.append(ChunkChoice(delta, choice.index, choice.finish_reason, choice.logprobs))
    return Chunk(choices, answer.usage)


def _fragment(place: int, call: ToolCall) -> ToolCallFragment:
    return ToolCallFragment(place, call.id, FunctionFragment(call.function.name, call.function.arguments))
