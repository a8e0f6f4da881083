"""The rules of a scripted model: plain values, read from a rules file by `config.load`."""

import re
from typing import Any, Literal

from msgspec import UNSET, Struct


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """What the last message and the request must be like. What is None is not asked for."""

    role: str | None = None
    text: re.Pattern[str] | None = None
    """Searched in the message's text, in any letter case."""
    tools: bool | str | None = None
    """True: some tool may be called. A name: the tool of that name may be. False: none may be."""
    response_format: Literal["json"] | None = None
    parts: str | None = None
    """The type of a content part that the message has, such as `image_url`."""


class ScriptedCall(Struct, frozen=True, forbid_unknown_fields=True):
    """One tool call of a reply, spelled out."""

    name: str
    arguments: dict[str, Any] = {}
    id: str | None = None


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """What is answered: text, tool calls, JSON, or an error. `config.load` lets no contradiction through."""

    text: str | None = None
    tool_calls: Literal["auto"] | tuple[ScriptedCall, ...] | None = None
    """"auto": the tool that the request names, else its first, with arguments filled from the schema."""
    json: Any = UNSET
    """Any JSON value; "auto": one that fits the schema asked for."""
    status: int | None = None
    """400 to 599: the caller gets this error instead of an answer."""
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    """Seconds."""
    delay_ms: float = 0
    """Before each streamed word; a whole answer waits for the sum."""
    cut_after: int | None = None
    """Words after which the connection breaks."""
    content_filter: Literal["prompt", "completion"] | None = None


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """If `when` fits (always, where there is none), `reply` is the answer."""

    reply: Reply
    when: When | None = None
