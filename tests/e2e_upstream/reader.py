"""The strictest reader of a stream: the published SDK's, and every rule its own tests check."""

import json
import re
from typing import Any

from msgspec import Struct, field

FINISH_REASONS = {"stop", "length", "content_filter", "tool_calls"}
DELTA = {"role", "content", "tool_calls", "reasoning_content", "refusal"}
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


class Choice(Struct):
    """One choice of a stream, put together."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """(id, name, arguments) of each."""
    logprobs: list[Any] = field(default_factory=list)
    finish: str = ""


class Stream(Struct):
    """A stream that kept every rule."""

    choices: dict[int, Choice]
    usage: dict[str, Any]

    @property
    def text(self) -> str:
        return self.choices[0].text

    @property
    def finish(self) -> str:
        return self.choices[0].finish

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        return self.choices[0].calls


def read(body: bytes, model: str, *, usage_asked: bool = False) -> Stream:
    """The stream, every rule checked.

    Args:
        usage_asked: the caller sent `stream_options`, so usage comes in a last event without choices.
    """
    chunks = [json.loads(text) for text in _events(body)]
    usage = _usage(chunks, usage_asked)
    if usage_asked:
        chunks.pop()
    _same(chunks, model)
    choices: dict[int, Choice] = {}
    for event in chunks:
        assert event["choices"], "choices are never empty"
        for said in event["choices"]:
            assert said.keys() == {"index", "delta", "finish_reason", "logprobs"}
            _take(choices, said)
    assert all(choice.finish in FINISH_REASONS for choice in choices.values())
    return Stream(choices, usage)


def _events(body: bytes) -> list[str]:
    lines = body.decode().split("\n")
    assert lines[-3:] == ["data: [DONE]", "", ""]
    assert not any(lines[1::2]), "one line of data, one blank line"
    assert all(line.startswith("data: ") for line in lines[:-1:2])
    return [line.removeprefix("data: ") for line in lines[:-3:2]]


def _usage(chunks: list[dict[str, Any]], usage_asked: bool) -> dict[str, Any]:
    last = chunks[-1]
    if usage_asked:
        assert last["choices"] == []
    else:
        assert last["choices"][0]["finish_reason"], "usage comes with the finish_reason, and nothing after"
    assert not any("usage" in event for event in chunks[:-1])
    usage: dict[str, Any] = last["usage"]
    assert all(isinstance(usage[name], int) and usage[name] >= 0 for name in COUNTS)
    assert usage["prompt_tokens"] + usage["completion_tokens"] == usage["total_tokens"] > 0
    return usage


def _same(chunks: list[dict[str, Any]], model: str) -> None:
    heads = {(event["id"], event["object"], event["created"], event["model"]) for event in chunks}
    ((answer_id, kind, created, named),) = heads
    assert re.fullmatch("[0-9a-f]{32}", answer_id)
    assert (kind, named) == ("chat.completion.chunk", model)
    assert isinstance(created, int)
    known = {"id", "object", "created", "model", "choices"}
    assert all(event.keys() - {"usage"} == known for event in chunks), "vendors' fields stay with the vendor"


def _take(choices: dict[int, Choice], said: dict[str, Any]) -> None:
    index, delta = said["index"], said["delta"]
    assert delta.keys() <= DELTA
    if index not in choices:
        assert delta == {"role": "assistant", "content": ""}
        choices[index] = Choice()
        return
    choice = choices[index]
    assert not choice.finish, "nothing after the finish"
    assert "role" not in delta
    for found in delta.get("tool_calls", ()):
        choice.calls.append(_call(found, len(choice.calls)))
    # A tool answer has no content after its first delta, a text answer has it in every one.
    assert isinstance(delta.get("content"), str) != bool(choice.calls)
    choice.text += delta.get("content", "")
    choice.reasoning += delta.get("reasoning_content", "")
    choice.refusal += delta.get("refusal", "")
    if said["logprobs"] is not None:
        choice.logprobs.append(said["logprobs"])
    if said["finish_reason"] is not None:
        choice.finish = said["finish_reason"]


def _call(found: dict[str, Any], place: int) -> tuple[str, str, str]:
    assert found.keys() == {"index", "id", "type", "function"}
    assert (found["index"], found["type"]) == (place, "function")
    function = found["function"]
    assert function.keys() <= {"name", "arguments", "call_id"}
    assert found["id"]
    assert function["name"]
    assert isinstance(function["arguments"], str)
    return found["id"], function["name"], function["arguments"]
