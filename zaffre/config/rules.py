"""The rules of a scripted model: plain values, read from a rules file by `config.load`."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Struct

from zaffre.config.forms import Amount, Duration, Pattern, Status, Word, chosen

Role = Annotated[str, chosen("system", "developer", "user", "assistant", "tool")]
PartType = Annotated[str, chosen("text", "image_url", "input_audio", "audio_url")]


class When(Struct, frozen=True):
    """What the last message and the request must be like. What is None is not asked for."""

    role: Role | None = None
    text: Pattern | None = None
    """Searched in the message's text, in any letter case."""
    tools: bool | str | None = None
    """True: some tool may be called. A name: the tool of that name may be. False: none may be."""
    response_format: Literal["json"] | None = None
    parts: PartType | None = None
    """The type of a content part that the message has, such as `image_url`."""


class ScriptedCall(Struct, frozen=True):
    """One tool call of a reply, spelled out."""

    name: Word
    arguments: dict[str, Any] = {}
    id: Word | None = None


class Reply(Struct, frozen=True):
    """What is answered: text, tool calls, JSON, or an error. `config.load` lets no contradiction through."""

    text: str | None = None
    tool_calls: Literal["auto"] | tuple[ScriptedCall, ...] | None = None
    """"auto": the tool that the request names, else its first, with arguments filled from the schema."""
    json: Any = UNSET
    """Any JSON value; "auto": one that fits the schema asked for."""
    status: Status | None = None
    """400 to 599: the caller gets this error instead of an answer."""
    code: Word | None = None
    message: str | None = None
    retry_after: Duration | None = None
    """Seconds."""
    delay_ms: Duration = 0
    """Before each streamed word; a whole answer waits for the sum."""
    cut_after: Amount | None = None
    """Words after which the connection breaks."""
    content_filter: Literal["prompt", "completion"] | None = None


class Rule(Struct, frozen=True):
    """If `when` fits (always, where there is none), `reply` is the answer."""

    reply: Reply
    when: When | None = None


class RulesDocument(Struct, frozen=True):
    """A rules file. The first rule that fits answers."""

    rules: tuple[Rule, ...]
