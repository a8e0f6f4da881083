"""Chat streams as the Inference API writes them.

The published SDK takes the role from the first chunk alone, wants string content in every later one, and usage on the
chunk that has the finish_reason.
"""

from typing import Any

from msgspec import UNSET, Struct

from zaffre.api.stream import ChatWriter
from zaffre.api.wire import WireFunction, answer_id, finish_of, wire_usage
from zaffre.core.chat import ChunkChoice, StreamOptions, ToolCallFragment, Usage
from zaffre.gateway.tool_calls import ToolCalls


class _Gathered(Struct):
    """A tool call so far."""

    id: str
    name: str
    parts: list[str]


class ChatStream(ChatWriter):
    """The writer of one chat stream of the Inference API, where a tool call comes in one piece: one of the published
    clients cannot add up several."""

    def __init__(self, model: str, options: StreamOptions | None) -> None:
        """As of `ChatWriter`."""
        super().__init__(answer_id(), model, options)
        self._calls: dict[int, ToolCalls] = {}
        self._gathered: dict[int, dict[int, _Gathered]] = {}

    def _delta(self, choice: ChunkChoice) -> dict[str, Any]:
        delta = super()._delta(choice)
        # Clients add up string contents, and take no delta without one but a tool call's.
        return {"content": "", **delta} if delta or (choice.logprobs and choice.finish_reason is None) else delta

    def _called(self, index: int, fragment: ToolCallFragment) -> list[bytes]:
        piece = self._calls.setdefault(index, ToolCalls()).take(fragment)
        if piece is not None:
            gathered = self._gathered.setdefault(index, {})
            call = gathered.setdefault(piece.place, _Gathered(piece.id or "", piece.name or "", []))
            call.parts.append(piece.arguments)
        return []

    def _calls_over(self, index: int) -> list[bytes]:
        calls = self._gathered.pop(index, {})
        if index in self._calls:
            self._calls[index].close()
        return [self._chunk(index, {"tool_calls": [_whole(place, call)]}) for place, call in calls.items()]

    def end(self) -> bytes:
        """The calls still open, the finish chunks, the usage, and the end mark."""
        out = [] if self._begun else [self._first(0)]
        usage = wire_usage(self._usage or Usage())
        for index in sorted(self._gathered):
            out += self._calls_over(index)
        last = max(self._begun)
        for index in sorted(self._begun):
            reason, logprobs = self._finished.get(index, (None, None))
            called = index in self._calls and self._calls[index].seen > 0
            delta = {} if called else {"content": ""}
            rides = usage if index == last and not self._usage_asked else UNSET
            out.append(self._chunk(index, delta, finish_of(reason, called), logprobs, rides))
        return b"".join(out + self._usage_last())


def _whole(place: int, call: _Gathered) -> dict[str, Any]:
    function = WireFunction(call.name, "".join(call.parts) or "{}")
    return {"index": place, "id": call.id or answer_id(), "type": "function", "function": function}
