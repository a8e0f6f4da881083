"""The output of a response as it grows: a chat's deltas in, what is said of the items out."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from zaffre.core.chat import Carried, ChunkChoice
from zaffre.gateway.tool_calls import CallPiece, ToolCalls
from zaffre.services.responses import logprobs
from zaffre.services.responses.output import Call, ItemStatus, Message, Output, Saying, Thought

T = TypeVar("T", Message, Thought)


class Composition:
    """The items in their order. One is done when the next begins.

    Calls are an exception where an upstream writes several at a time: such a call stays open until its arguments are
    whole.
    """

    def __init__(self, new_id: Callable[[str], str], *, shows_logprobs: bool) -> None:
        """
        Args:
            new_id: makes the id of an item of a type.
        """
        self.outputs: list[Output] = []
        self.finish_reason: str | None = None
        self._new_id = new_id
        self._shows_logprobs = shows_logprobs
        self._said: list[Saying] = []
        self._open: Message | Thought | None = None
        self._calls = ToolCalls()
        self._open_calls: dict[int, Call] = {}

    def hear(self, choice: ChunkChoice) -> list[Saying]:
        """What the model says next."""
        delta = choice.delta
        if delta.reasoning_content:
            self._say(self._item(Thought, "reasoning").think(delta.reasoning_content))
        if delta.content:
            shown = self._logprobs(choice.logprobs)
            self._say(self._item(Message, "message").say(delta.content, shown))
        if delta.refusal:
            self._say(self._item(Message, "message").refuse(delta.refusal))
        for fragment in delta.tool_calls or ():
            piece = self._calls.take(fragment)
            if piece is not None:
                self._call(piece)
        # What a filter says last is not taken back by the end of the stream.
        if choice.finish_reason is not None and self.finish_reason != "content_filter":
            self.finish_reason = choice.finish_reason
        return self._taken()

    def close(self, status: ItemStatus) -> list[Saying]:
        """The model has said all, and `status` is how what is still open ends. An answer is a message at least."""
        if status == "completed" and not self.outputs:
            self._say(self._item(Message, "message").say("", []))
        for call in self._open_calls.values():
            self._say(call.end("completed" if call.whole else status))
        self._open_calls.clear()
        self._end_open(status)
        return self._taken()

    def break_off(self) -> None:
        """Nothing more will come, and nobody is told."""
        for output in self.outputs:
            if output.status == "in_progress":
                output.status = "incomplete"

    def _item(self, kind: type[T], name: str) -> T:
        """The open item, if it is of this kind, else a new one."""
        if isinstance(self._open, kind):
            return self._open
        self._settle()
        item = kind(self._new_id(name), len(self.outputs))
        self._open = item
        self._begin(item)
        return item

    def _call(self, piece: CallPiece) -> None:
        call = self._open_calls.get(piece.place)
        if piece.name is not None:
            self._settle()
            call_id = piece.id or self._new_id("call")
            call = Call(self._new_id("function_call"), len(self.outputs), call_id, piece.name)
            self._open_calls[piece.place] = call
            self._begin(call)
        # Nothing can follow arguments that are whole.
        if call is not None and piece.arguments:
            self._say(call.write(piece.arguments))

    def _settle(self) -> None:
        """Ends what another item comes after."""
        self._end_open("completed")
        for place, call in list(self._open_calls.items()):
            if call.whole:
                self._say(self._open_calls.pop(place).end("completed"))

    def _end_open(self, status: ItemStatus) -> None:
        if self._open is not None:
            self._say(self._open.end(status))
            self._open = None

    def _begin(self, item: Output) -> None:
        self.outputs.append(item)
        self._say(item.begin())

    def _logprobs(self, carried: Carried | None) -> list[dict[str, object]]:
        return logprobs.of_text(carried) if self._shows_logprobs else []

    def _say(self, sayings: Iterable[Saying]) -> None:
        self._said += sayings

    def _taken(self) -> list[Saying]:
        taken, self._said = self._said, []
        return taken
