"""Streams that tell what a content filter found, as Azure OpenAI writes them.

What was found in the prompt rides on the first chunk, what was found in a text on the chunk that brings it, or, where
texts are shown before they are checked, on a chunk of its own, with an empty `delta`: clients look for one.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming
"""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from zaffre.api.annotations import of_prompts
from zaffre.api.openai.stream import ChatStream, TextStream
from zaffre.api.wire import WireTextChoice
from zaffre.core.chat import Carried, Chunk, ChunkChoice, StreamOptions, TextCompletion
from zaffre.core.screening import Annotations, Offsets, Results, ScreenedChunkChoice, ScreenedTextChoice

_encode: Final = msgspec.json.Encoder().encode


class AnnotatedChat(ChatStream):
    """The writer of one chat stream."""

    def __init__(self, model: str, options: StreamOptions | None, legacy: bool, annotations: Annotations) -> None:
        """As of `ChatStream`."""
        super().__init__(model, options, legacy)
        self._annotations = annotations
        self._results: Results | None = None
        """Of the choice that is being written; None: it tells none."""
        self._offsets: Offsets | None = None
        self._prompt_told = False

    def write(self, events: list[Chunk]) -> bytes:
        out: list[bytes] = []
        for event in events:
            self._usage = event.usage or self._usage
            for choice in event.choices:
                screened = choice if isinstance(choice, ScreenedChunkChoice) else None
                self._results = screened.results if screened else None
                self._offsets = screened.offsets if screened else None
                out += self._others(choice) if self._offsets is None else self._noted(choice)
        return b"".join(out)

    def _first(self, index: int) -> bytes:
        results, self._results = self._results, {}
        offsets, self._offsets = self._offsets, None
        first = super()._first(index)
        self._results, self._offsets = results, offsets
        return first

    def _noted(self, choice: ChunkChoice) -> list[bytes]:
        out = [] if choice.index in self._begun else [self._first(choice.index)]
        return [*out, self._chunk(choice.index, {})]

    def _chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: Carried | None = None,
        usage: Any = UNSET,
    ) -> bytes:
        choice: dict[str, Any] = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        choice |= _found(self._annotations.choices.get(index, {}) if finish else self._results, self._offsets)
        prompt = b"" if self._prompt_told else b',"prompt_filter_results":' + _encode(of_prompts(self._annotations))
        self._prompt_told = True
        return self._head + b',"choices":[' + _encode(choice) + b"]" + prompt + self._tail


class AnnotatedText(TextStream):
    """The writer of one text completion's stream."""

    def __init__(self, model: str, options: StreamOptions | None, annotations: Annotations) -> None:
        super().__init__(model, options)
        self._annotations = annotations
        self._results: Results | None = None
        self._offsets: Offsets | None = None
        self._prompt_told = False

    def write(self, events: list[TextCompletion]) -> bytes:
        out = []
        for event in events:
            for choice in event.choices:
                screened = choice if isinstance(choice, ScreenedTextChoice) else None
                self._results = screened.results if screened else None
                self._offsets = screened.offsets if screened else None
                out.append(super().write([TextCompletion([choice])]))
                if self._offsets is not None:
                    out.append(self._event([WireTextChoice(choice.index, "", None, None)]))
            self._usage = event.usage or self._usage
        return b"".join(out)

    def _event(self, choices: list[WireTextChoice], usage: Any = UNSET) -> bytes:
        event = super()._event(choices, usage)
        written = msgspec.json.decode(event.removeprefix(b"data: "))
        for choice in written["choices"]:
            ended = choice["finish_reason"] is not None
            choice |= _found(
                self._annotations.choices.get(choice["index"], {}) if ended else self._results, self._offsets
            )
        if not self._prompt_told:
            written["prompt_filter_results"] = of_prompts(self._annotations)
            self._prompt_told = True
        return b"data: " + _encode(written) + b"\n\n"


def _found(results: Results | None, offsets: Offsets | None) -> dict[str, Any]:
    """What a choice says of results; nothing where it has none."""
    if results is None:
        return {}
    found: dict[str, Any] = {"content_filter_results": results}
    return found if offsets is None else found | {"content_filter_offsets": offsets}
