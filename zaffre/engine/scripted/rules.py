"""Which rule answers: the first whose `when` fits the last message."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from zaffre.config.rules import Reply, Rule, When
from zaffre.core.chat import (
    ChatParameters,
    Function,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    NamedTool,
    text_of,
)
from zaffre.core.errors import BadRequest


class Question(Struct, frozen=True):
    """What rules look at: the last message, and what was asked for around it."""

    role: str
    text: str
    """Its text parts joined by newline."""
    parts: frozenset[str] = frozenset()
    """The types of its content parts; none where the content is a plain string."""
    tools: tuple[Function, ...] = ()
    """What may be called: nothing under `tool_choice: none`."""
    tool_choice: str | None = None
    """The name of the one tool that the caller wants called."""
    json: Literal["object", "schema"] | None = None
    schema: Any = None
    turn: int = 1
    """How many messages there are."""


def asked_in_chat(asked: ChatParameters) -> Question:
    last = asked.messages[-1]
    form = asked.response_format
    choice = asked.tool_choice
    return Question(
        role=str(last.__struct_config__.tag),
        text=text_of(last.content),
        parts=_parts(last),
        tools=() if choice == "none" else tuple(tool.function for tool in asked.tools or ()),
        tool_choice=choice.function.name if isinstance(choice, NamedTool) else None,
        json={JsonObjectFormat: "object", JsonSchemaFormat: "schema"}.get(type(form)),  # type: ignore[arg-type]
        schema=form.json_schema.schema if isinstance(form, JsonSchemaFormat) else None,
        turn=len(asked.messages),
    )


def asked_in_prompt(prompt: str) -> Question:
    """A prompt counts as the last user message."""
    return Question(role="user", text=prompt)


def reply_to(question: Question, rules: Sequence[Rule]) -> Reply:
    """The reply of the first rule that fits.

    Raises:
        BadRequest: none does.
    """
    for rule in rules:
        if rule.when is None or fits(rule.when, question):
            return rule.reply
    raise BadRequest(
        f"No rule of the script fits the last message, whose role is {question.role!r}. "
        "A last rule without `when` would answer everything else.",
        code="no_rule_matched",
    )


def fits(when: When, question: Question) -> bool:
    """Whether the question is all that `when` asks for."""
    return (
        when.role in (None, question.role)
        and (when.text is None or when.text.search(question.text) is not None)
        and (when.tools is None or _tools_fit(when.tools, question.tools))
        and (when.response_format is None or question.json is not None)
        and (when.parts is None or when.parts in question.parts)
    )


def _tools_fit(wanted: bool | str, tools: tuple[Function, ...]) -> bool:
    if isinstance(wanted, bool):
        return wanted == bool(tools)
    return any(tool.name == wanted for tool in tools)


def _parts(message: Message) -> frozenset[str]:
    if not isinstance(message.content, list):
        return frozenset()
    return frozenset(str(part.__struct_config__.tag) for part in message.content)
