"""Output items while the model writes them, and what is said of each: one event for every step."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

ItemStatus = Literal["in_progress", "completed", "incomplete"]
Saying = tuple[str, dict[str, Any]]
"""An event's type and its fields."""
Logprobs = list[dict[str, Any]]


class Output(ABC):
    """One item of a response's output."""

    def __init__(self, item_id: str, place: int) -> None:
        self.status: ItemStatus = "in_progress"
        self._id = item_id
        self._place = place

    @abstractmethod
    def item(self) -> dict[str, Any]:
        """The item as it stands."""

    def begin(self) -> Iterator[Saying]:
        yield "response.output_item.added", {"output_index": self._place, "item": self.item()}

    def end(self, status: ItemStatus) -> Iterator[Saying]:
        self.status = status
        yield from self._finish()
        yield "response.output_item.done", {"output_index": self._place, "item": self.item()}

    @abstractmethod
    def _finish(self) -> Iterator[Saying]:
        """What comes before the item is done."""

    def _here(self, **fields: Any) -> dict[str, Any]:
        return {"item_id": self._id, "output_index": self._place, **fields}


class _Text:
    """A part of a message, which grows."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.logprobs: Logprobs = []
        self._written: list[str] = []

    def add(self, text: str) -> None:
        self._written.append(text)

    @property
    def text(self) -> str:
        return "".join(self._written)

    def part(self) -> dict[str, Any]:
        if self.kind == _REFUSAL:
            return {"type": _REFUSAL, "refusal": self.text}
        return {"type": _TEXT, "text": self.text, "annotations": [], "logprobs": self.logprobs}


_TEXT: Final = "output_text"
_REFUSAL: Final = "refusal"


class Message(Output):
    """What the model says: its text, or why it refuses to."""

    def __init__(self, item_id: str, place: int) -> None:
        super().__init__(item_id, place)
        self._parts: list[_Text] = []

    def item(self) -> dict[str, Any]:
        content = [part.part() for part in self._parts]
        return {"id": self._id, "type": "message", "status": self.status, "role": "assistant", "content": content}

    def say(self, text: str, logprobs: Logprobs) -> Iterator[Saying]:
        yield from self._in_part(_TEXT)
        part = self._parts[-1]
        part.add(text)
        part.logprobs += logprobs
        if text:
            yield "response.output_text.delta", self._at_part(delta=text, logprobs=logprobs)

    def refuse(self, text: str) -> Iterator[Saying]:
        yield from self._in_part(_REFUSAL)
        self._parts[-1].add(text)
        yield "response.refusal.delta", self._at_part(delta=text)

    def _in_part(self, kind: str) -> Iterator[Saying]:
        """Goes on in the last part if it is of this kind, else begins one."""
        if self._parts and self._parts[-1].kind == kind:
            return
        yield from self._finish()
        self._parts.append(_Text(kind))
        yield "response.content_part.added", self._at_part(part=self._parts[-1].part())

    def _finish(self) -> Iterator[Saying]:
        if not self._parts:
            return
        part = self._parts[-1]
        if part.kind == _TEXT:
            yield "response.output_text.done", self._at_part(text=part.text, logprobs=part.logprobs)
        else:
            yield "response.refusal.done", self._at_part(refusal=part.text)
        yield "response.content_part.done", self._at_part(part=part.part())

    def _at_part(self, **fields: Any) -> dict[str, Any]:
        return self._here(content_index=len(self._parts) - 1, **fields)


class Thought(Output):
    """What the model thinks before it answers. It is shown as a summary, since that is all that most clients show."""

    def __init__(self, item_id: str, place: int) -> None:
        super().__init__(item_id, place)
        self._written: list[str] = []

    def item(self) -> dict[str, Any]:
        return {"id": self._id, "type": "reasoning", "status": self.status, "summary": [self._part()]}

    def begin(self) -> Iterator[Saying]:
        # The part is told of next; clients that add it up would have it twice.
        yield "response.output_item.added", {"output_index": self._place, "item": self.item() | {"summary": []}}
        yield "response.reasoning_summary_part.added", self._at_part(part=self._part())

    def think(self, text: str) -> Iterator[Saying]:
        self._written.append(text)
        yield "response.reasoning_summary_text.delta", self._at_part(delta=text)

    def _finish(self) -> Iterator[Saying]:
        part = self._part()
        yield "response.reasoning_summary_text.done", self._at_part(text=part["text"])
        yield "response.reasoning_summary_part.done", self._at_part(part=part)

    def _part(self) -> dict[str, str]:
        return {"type": "summary_text", "text": "".join(self._written)}

    def _at_part(self, **fields: Any) -> dict[str, Any]:
        return self._here(summary_index=0, **fields)


class Call(Output):
    """A function that the model wants called."""

    def __init__(self, item_id: str, place: int, call_id: str, name: str) -> None:
        super().__init__(item_id, place)
        self._call_id = call_id
        self._name = name
        self._written: list[str] = []

    @property
    def whole(self) -> bool:
        """Whether the arguments are a JSON object, after which nothing can come."""
        try:
            return isinstance(msgspec.json.decode(self._arguments), Mapping)
        except (msgspec.DecodeError, RecursionError):
            return False

    def item(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "type": "function_call",
            "status": self.status,
            "call_id": self._call_id,
            "name": self._name,
            "arguments": self._arguments,
        }

    def write(self, arguments: str) -> Iterator[Saying]:
        self._written.append(arguments)
        yield "response.function_call_arguments.delta", self._here(delta=arguments)

    def _finish(self) -> Iterator[Saying]:
        if not self._arguments and self.status == "completed":
            # Clients read the arguments as JSON.
            yield from self.write("{}")
        yield "response.function_call_arguments.done", self._here(name=self._name, arguments=self._arguments)

    @property
    def _arguments(self) -> str:
        return "".join(self._written)
