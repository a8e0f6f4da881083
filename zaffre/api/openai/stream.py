"""Streams as the Azure OpenAI and OpenAI v1 surfaces write them: tool calls as they are written, the usage only where
it is asked for, in a last chunk without choices."""

from typing import Any

import msgspec

from zaffre.api import stream
from zaffre.api.openai.errors import error_object
from zaffre.api.openai.wire import chat_id, text_id
from zaffre.api.wire import answer_id, finish_of
from zaffre.core.chat import StreamOptions, ToolCallFragment
from zaffre.core.errors import GatewayError
from zaffre.gateway.tool_calls import CallPiece, ToolCalls


class ChatStream(stream.ChatWriter):
    """The writer of one chat stream."""

    def __init__(self, model: str, options: StreamOptions | None, legacy: bool = False) -> None:
        """
        Args:
            legacy: a call is written as `function_call`, as those know it who offered `functions`.
        """
        super().__init__(chat_id(), model, options, nulls=True)
        self._legacy = legacy
        self._calls: dict[int, ToolCalls] = {}
        self._silent: dict[int, set[int]] = {}
        """Of each choice, the calls that have no arguments yet."""

    def _first(self, index: int) -> bytes:
        self._begun.add(index)
        return self._chunk(index, {"role": "assistant", "content": "", "refusal": None})

    def _called(self, index: int, fragment: ToolCallFragment) -> list[bytes]:
        piece = self._calls.setdefault(index, ToolCalls()).take(fragment)
        if piece is None:
            return []
        silent = self._silent.setdefault(index, set())
        if piece.arguments:
            silent.discard(piece.place)
        elif piece.name:
            silent.add(piece.place)
        return [self._chunk(index, self._call(piece))]

    def _calls_over(self, index: int) -> list[bytes]:
        calls = self._calls.get(index)
        if calls is None:
            return []
        calls.close()
        # Clients read the arguments as JSON.
        silent = sorted(self._silent.pop(index, ()))
        return [self._chunk(index, self._call(CallPiece(place, "{}"))) for place in silent]

    def _call(self, piece: CallPiece) -> dict[str, Any]:
        function = {"name": piece.name, "arguments": piece.arguments} if piece.name else {"arguments": piece.arguments}
        if self._legacy:
            return {"function_call": function}
        if not piece.name:
            return {"tool_calls": [{"index": piece.place, "function": function}]}
        unique = piece.id or f"call_{answer_id()}"
        return {"tool_calls": [{"index": piece.place, "id": unique, "type": "function", "function": function}]}

    def end(self) -> bytes:
        out = [] if self._begun else [self._first(0)]
        for index in sorted(self._begun):
            out += self._calls_over(index)
            reason, logprobs = self._finished.get(index, (None, None))
            called = index in self._calls and self._calls[index].seen > 0
            out.append(self._chunk(index, {}, self._finish(reason, called), logprobs))
        return b"".join(out + self._usage_last())

    def failed(self, error: GatewayError) -> bytes:
        """An event that published clients raise as an error."""
        return _failure(error)

    def _finish(self, reason: str | None, called: bool) -> str:
        finish = finish_of(reason, called)
        return "function_call" if self._legacy and finish == "tool_calls" else finish


class TextStream(stream.TextStream):
    """The writer of one text completion's stream."""

    def __init__(self, model: str, options: StreamOptions | None) -> None:
        super().__init__(model, options, text_id(), unasked=False)

    def failed(self, error: GatewayError) -> bytes:
        """As of `ChatStream`."""
        return _failure(error)


def _failure(error: GatewayError) -> bytes:
    return b"data: " + msgspec.json.encode({"error": error_object(error)}) + b"\n\n"
