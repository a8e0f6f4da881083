"""A conversation, its tools and the form of its answer, in the words of llama.cpp's chat template engine."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from zaffre.core.chat import (
    AssistantMessage,
    CalledTool,
    Content,
    DeveloperMessage,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    NamedTool,
    RefusalPart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolMessage,
    text_of,
)
from zaffre.core.errors import Complaint, unsupported
from zaffre.core.openai import FunctionMessage

_OBJECT: Final = {"type": "object"}


def written(message: Message) -> dict[str, Any]:
    """One message: its role, its text, and its tool calls or what answers one."""
    # Templates know no developer; the API says it is the newer name of the system.
    role = "system" if isinstance(message, DeveloperMessage) else message.__struct_config__.tag
    entry: dict[str, Any] = {"role": role, "content": text_of(message.content)}
    if isinstance(message, AssistantMessage) and message.tool_calls:
        entry["tool_calls"] = [_call(call, place) for place, call in enumerate(message.tool_calls)]
    if isinstance(message, ToolMessage):
        entry["tool_call_id"] = message.tool_call_id
    return entry


def unreadable(messages: Sequence[Message | FunctionMessage]) -> list[Complaint]:
    """A complaint about every part that is not text, and about roles that templates do not know."""
    complaints = [
        unsupported("role", "function", "The model knows no role function.", "messages", str(place), "role")
        for place, message in enumerate(messages)
        if isinstance(message, FunctionMessage)
    ]
    return complaints + [
        _about(part, place, number)
        for place, message in enumerate(messages)
        for number, part in enumerate(_parts(message.content))
        if not isinstance(part, TextPart | RefusalPart)
    ]


def offered(tools: list[Tool]) -> list[dict[str, Any]]:
    """The tools as templates print them."""
    return [{"type": "function", "function": _without_nulls(tool.function)} for tool in tools]


def forced_call(tools: list[Tool], name: str | None) -> dict[str, Any]:
    """The answer's form where a tool must be called: a JSON schema of one call.

    llama.cpp's own way (`tool_choice: required`) leaves the model free to write prose.

    Args:
        tools: those that are offered.
        name: the one that is asked for; None: any.
    """
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool.function.name}, "arguments": tool.function.parameters or _OBJECT},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in tools
        if name in (None, tool.function.name)
    ]
    return _schema(calls[0] if len(calls) == 1 else {"anyOf": calls})


def response_form(form: ResponseFormat | None) -> dict[str, Any] | None:
    """The answer's form, or None for free text."""
    match form:
        case JsonObjectFormat():
            return {"type": "json_object", "schema": _OBJECT}
        case JsonSchemaFormat():
            return _schema(form.json_schema.schema)
        case _:
            return None


def named(choice: str | NamedTool | None) -> str | None:
    """The tool that must be called, where one is named."""
    return choice.function.name if isinstance(choice, NamedTool) else None


def must_call(choice: str | NamedTool | None) -> bool:
    """Whether the answer has to be a tool call."""
    return choice == "required" or isinstance(choice, NamedTool)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _parts(content: Content | None) -> list[Any]:
    return content if isinstance(content, list) else []


def _about(part: Struct, place: int, number: int) -> Complaint:
    kind = str(part.__struct_config__.tag)
    loc = ("messages", str(place), "content", str(number))
    return unsupported(kind, msgspec.to_builtins(part), "The model reads text only.", *loc)


def _call(call: CalledTool, place: int) -> dict[str, Any]:
    arguments = call.function.arguments
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    # An empty text is no JSON, and is what some clients send for no arguments.
    function = {"name": call.function.name, "arguments": arguments or "{}"}
    return {"id": call.id or f"call_{place}", "type": "function", "function": function}


def _without_nulls(value: msgspec.Struct) -> dict[str, Any]:
    return {name: field for name, field in msgspec.structs.asdict(value).items() if field is not None}
