"""From a rule's reply to an answer in pieces: words that join to the whole text, then tool calls."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from string import ascii_letters, digits
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from zaffre.config.rules import Reply, ScriptedCall
from zaffre.core.chat import FinishReason, Function, FunctionCall, ToolCall
from zaffre.core.errors import BadRequest, Complaint, GatewayError, InvalidParameters
from zaffre.engine.scripted.refusals import refusal
from zaffre.engine.scripted.rules import Question
from zaffre.engine.scripted.schema import NoExampleError, example
from zaffre.engine.scripted.wishes import Wishes

Piece = str | ToolCall

_WORD: Final = re.compile(r"\s*\S+")
_ALPHABET: Final = ascii_letters + digits
_ID_LENGTH: Final = 9


class Answer(Struct, frozen=True):
    """What is told, and how: the same for a whole answer as for a stream."""

    pieces: Sequence[Piece] = ()
    finish: FinishReason = "stop"
    delay: float = 0
    """Seconds before each piece."""
    cut_after: int | None = None
    """Pieces after which the connection breaks."""
    error: GatewayError | None = None
    """Raised in place of an answer, after one delay."""


def answered(reply: Reply, question: Question, wishes: Wishes) -> Answer:
    """The reply to this question, shortened as it was wished.

    Raises:
        BadRequest: the reply calls a tool where none is offered.
        InvalidParameters: no value fits the schema that the caller sent.
    """
    delay = reply.delay_ms / 1000
    error = refusal(reply)
    if error is not None:
        return Answer(delay=delay, error=error)
    text, stopped = _stopped(_text(reply, question), wishes.stop)
    calls = _calls(reply, question)
    pieces: list[Piece] = [*words(text), *calls]
    kept = pieces[: wishes.max_words]
    finish: FinishReason = "tool_calls" if calls and not stopped else "stop"
    if len(kept) < len(pieces) or wishes.max_words == 0:
        finish = "length"
    if reply.content_filter == "completion":
        finish = "content_filter"
    return Answer(kept, finish, delay, reply.cut_after)


def words(text: str) -> list[str]:
    """The text's words, each with the white space before it, so that they join to exactly the text."""
    found: list[str] = _WORD.findall(body := text.rstrip())
    rest = text[len(body) :]
    if not found:
        return [rest] if rest else []
    found[-1] += rest
    return found


def _text(reply: Reply, question: Question) -> str:
    if reply.json is not UNSET:
        return _json(_fitting(question) if reply.json == "auto" else reply.json)
    return (reply.text or "").replace("{text}", question.text)


def _fitting(question: Question) -> Any:
    if question.json != "schema":
        return {"result": "ok"}
    return _example(question.schema, "response_format")


def _example(schema: Any, parameter: str) -> Any:
    try:
        return example(schema)
    except NoExampleError:
        complaint = Complaint(
            "invalid_schema", ["body", parameter], "No value of sensible size fits this schema.", schema
        )
        raise InvalidParameters([complaint]) from None


def _json(value: Any) -> str:
    # With blanks between, so that it has words to stream.
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()


def _stopped(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    places = [place for place in map(text.find, stops) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def _calls(reply: Reply, question: Question) -> list[ToolCall]:
    if reply.tool_calls is None:
        return []
    calls = [_filled(_chosen(question))] if reply.tool_calls == "auto" else reply.tool_calls
    return [_call(call, place, question.turn) for place, call in enumerate(calls)]


def _chosen(question: Question) -> Function:
    if not question.tools:
        raise BadRequest("The rule that fits calls a tool, but the request offers none.", code="no_tool_offered")
    if question.tool_choice is None:
        return question.tools[0]
    for tool in question.tools:
        if tool.name == question.tool_choice:
            return tool
    why = "tool_choice names a tool that is not among tools."
    named = {"type": "function", "function": {"name": question.tool_choice}}
    raise InvalidParameters([Complaint("invalid_value", ["body", "tool_choice"], why, named)])


def _filled(tool: Function) -> ScriptedCall:
    arguments = _example(tool.parameters or {}, "tools")
    return ScriptedCall(tool.name, arguments if isinstance(arguments, dict) else {})


def _call(call: ScriptedCall, place: int, turn: int) -> ToolCall:
    arguments = _json(call.arguments)
    # Different in each turn and place, so that a conversation never holds the same id twice.
    return ToolCall(call.id or _id(f"{turn} {place} {call.name} {arguments}"), FunctionCall(call.name, arguments))


def _id(seed: str) -> str:
    digest = blake2b(seed.encode(), digest_size=_ID_LENGTH).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)
