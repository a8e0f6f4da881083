"""From a response's request to the chat that answers it, and from the chat's refusals back to this API's words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, structs

from zaffre.core.chat import JsonObjectFormat
from zaffre.core.errors import BadRequest, Complaint, GatewayError, InputFiltered, InvalidParameters, PromptFiltered
from zaffre.gateway.fields import Fields
from zaffre.services.responses.messages import messages_of
from zaffre.services.responses.parameters import Asked
from zaffre.services.responses.table import (
    TABLE,
    AllowedTools,
    JsonSchemaFormat,
    NamedFunction,
    ResponseParameters,
    Text,
)

Objects = list[dict[str, Raw]]

_SAME: Final = (
    "moderation",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "temperature",
    "top_p",
    "user",
)
"""Fields that chat knows by the same name. Those that steer this service alone, such as `store`, stay here."""
_OF_FUNCTIONS: Final = ("name", "description", "parameters", "strict")
_OF_SCHEMAS: Final = ("name", "description", "schema", "strict")

_encode: Final = msgspec.json.Encoder().encode
_objects: Final = msgspec.json.Decoder(Objects)
_object: Final = msgspec.json.Decoder(dict[str, Raw])
_string: Final = msgspec.json.Decoder(str)
_NULL: Final = Raw(b"null")


def chat_fields(asked: Asked, context: Sequence[Raw]) -> Fields:
    """The fields of the chat that answers: what was said and nothing else, without the model's name.

    Args:
        context: the items of the conversation so far, oldest first. No item is a reference by now.

    Raises:
        BadRequest: the output of a call that nobody made, or a choice among no tools.
    """
    known = asked.known
    chat: dict[str, Any] = {"messages": _messages(known.instructions, [*context, *asked.input_items])}
    chat |= {name: asked.fields[name] for name in _SAME if name in asked.fields}
    chat |= {name: raw for name, raw in asked.fields.items() if name not in TABLE.names}
    chat |= _tools(known, asked.fields)
    if known.text is not None:
        chat |= _form(known.text, asked.fields)
    if known.max_output_tokens is not None:
        # The name that counts reasoning, too, as this API does. Providers know what their vendor calls it.
        chat["max_completion_tokens"] = known.max_output_tokens
    if known.reasoning is not None and known.reasoning.effort is not None:
        chat["reasoning_effort"] = known.reasoning.effort
    if asked.with_logprobs:
        chat |= _logprobs(known)
    return {name: value if isinstance(value, Raw) else Raw(_encode(value)) for name, value in chat.items()}


def _messages(instructions: str | None, items: Iterable[Raw]) -> list[dict[str, Any]]:
    # The role that every model knows; for models that have `developer` it says the same.
    said = [] if instructions is None else [{"role": "system", "content": instructions}]
    return said + messages_of(items)


def _logprobs(known: ResponseParameters) -> dict[str, Any]:
    alternatives = {} if known.top_logprobs is None else {"top_logprobs": known.top_logprobs}
    return {"logprobs": True, **alternatives}


def _form(text: Text, fields: Fields) -> dict[str, Any]:
    """What the answer looks like. Free text needs no word."""
    chat: dict[str, Any] = {} if text.verbosity is None else {"verbosity": text.verbosity}
    match text.format:
        case JsonObjectFormat():
            chat["response_format"] = {"type": "json_object"}
        case JsonSchemaFormat():
            said = _object.decode(_object.decode(fields["text"])["format"])
            chat["response_format"] = {"type": "json_schema", "json_schema": _only(_OF_SCHEMAS, said)}
    return chat


def _tools(known: ResponseParameters, fields: Fields) -> dict[str, Any]:
    """The tools and the choice among them, which chat takes with tools alone."""
    tools = _objects.decode(fields["tools"]) if known.tools else []
    choice: Any = known.tool_choice
    if isinstance(choice, AllowedTools):
        tools, choice = _allowed(tools, choice), choice.mode
    if not tools:
        return _no_tools(choice)
    chat: dict[str, Any] = {"tools": [{"type": "function", "function": _only(_OF_FUNCTIONS, tool)} for tool in tools]}
    if isinstance(choice, NamedFunction):
        choice = {"type": "function", "function": {"name": choice.name}}
    if choice is not None:
        chat["tool_choice"] = choice
    if known.parallel_tool_calls is not None:
        chat["parallel_tool_calls"] = known.parallel_tool_calls
    return chat


def _allowed(tools: Objects, choice: AllowedTools) -> Objects:
    names = {tool.get("name") for tool in choice.tools}
    return [tool for tool in tools if _string.decode(tool["name"]) in names]


def _no_tools(choice: object) -> dict[str, Any]:
    if choice not in (None, "auto", "none"):
        raise BadRequest("A tool must be called, but there is none among 'tools'.", param="tool_choice")
    return {}


def _only(names: Sequence[str], said: Mapping[str, Raw]) -> dict[str, Raw]:
    return {name: said[name] for name in names if said.get(name, _NULL) != _NULL}


# -- the way back --

_PLACES: Final[Mapping[str, str]] = {
    "logprobs": "include",
    "max_completion_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "messages": "input",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
_NESTED: Final = frozenset({"function", "json_schema"})
"""Steps of a chat's places that this API does without."""
_STEPS: Final = re.compile(r"[^.\[\]]+")
_NAMES: Final = re.compile(r"\b(max_completion_tokens|max_tokens|reasoning_effort|response_format)\b")
"""Names that are no words: where they stand in our own sentences, they are meant."""


def in_response_words(error: GatewayError) -> GatewayError:
    """The same error, its places named as this API names them."""
    if isinstance(error, PromptFiltered):
        return InputFiltered(error.results, error.told)
    if error.param:
        error.param = ".".join(_place(_STEPS.findall(error.param)))
    if isinstance(error, InvalidParameters):
        error.complaints = [_renamed(found) for found in error.complaints]
    return error


def _renamed(found: Complaint) -> Complaint:
    why = _NAMES.sub(lambda name: _PLACES[name[0]], found.msg)
    return structs.replace(found, loc=["body", *_place(found.loc[1:])], msg=why)


def _place(steps: list[str]) -> list[str]:
    """Where in a response's request the place of a chat's is."""
    if not steps:
        return []
    first, *rest = steps
    # A message is not the item of the same number: instructions and earlier items come before, calls are joined.
    rest = [] if first == "messages" else [step for step in rest if step not in _NESTED]
    return [*_PLACES.get(first, first).split("."), *rest]
