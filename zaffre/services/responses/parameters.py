"""From a body of POST /responses to what it asks, or to the reason why this server does not answer it."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.errors import (
    BadRequest,
    Complaint,
    InvalidParameters,
    UnknownParameters,
    UnsupportedParameters,
    unsupported,
)
from zaffre.gateway.fields import Fields
from zaffre.services.responses.input_items import checked_items
from zaffre.services.responses.items import reference
from zaffre.services.responses.table import LOGPROBS, TABLE, ResponseParameters

_MOVED: Final[Mapping[str, str]] = {
    "function_call": "tool_choice",
    "functions": "tools",
    "logprobs": "include",
    "max_completion_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "messages": "input",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
"""Fields of chat, and where this API has them. They would stand in the way of what a chat is made of here."""
_ONE_TEXT: Final = frozenset({"audio", "modalities", "n"})
"""Fields of chat that ask for what a response cannot hold."""
_NOT_KEPT: Final[Mapping[str, str]] = {
    "conversation": "This server keeps no conversations. Go on from a response with previous_response_id.",
    "prompt": "This server keeps no prompts. Send the text itself as instructions and input.",
}

_TOOLS: Final = "This server runs no tools of its own; supported is 'function'."


class _Typed(Struct):
    type: str | None = None


_typed: Final = msgspec.json.Decoder(list[_Typed])


class Asked(Struct):
    """A request for a response, checked."""

    known: ResponseParameters
    """The fields that the API names. What was not said is None."""
    fields: Fields
    """Every top-level field as sent, without nulls: unknown ones, too, for the model's server may know them."""
    input_items: list[Raw]
    """The input as items in the form in which they are listed, each with an `id`."""

    @property
    def stored(self) -> bool:
        """Whether the response is kept: unless the body says no."""
        return self.known.store is not False

    @property
    def references(self) -> list[str]:
        """The ids of kept items that the input refers to."""
        return [found for item in self.input_items if (found := reference(item)) is not None]

    @property
    def with_logprobs(self) -> bool:
        """Whether the text is wanted with its log probabilities."""
        return LOGPROBS in (self.known.include or ())


def asked(body: bytes, fields: Fields) -> Asked:
    """What a body asks.

    Args:
        body: the whole body, of which `fields` is the top level, without nulls.

    Raises:
        InvalidParameters: a wrong type or value, or no input.
        UnsupportedParameters: tools, items and objects that this server does not have.
        UnknownParameters: chat's parameters that have no meaning here.
        BadRequest: fields that exclude each other.
        RecursionError: nested too deeply.
    """
    _refuse_names(fields)
    _refuse_tools(fields)
    known = TABLE.checked(body, fields)
    _refuse_together(known)
    refused = [unsupported(name, fields[name], why) for name, why in _NOT_KEPT.items() if name in fields]
    if refused:
        raise UnsupportedParameters(refused)
    items = checked_items(fields["input"]) if "input" in fields else []
    if not items and known.previous_response_id is None:
        raise InvalidParameters([Complaint("missing", ["body", "input"], "input is required.", None)])
    return Asked(known, fields, items)


def _refuse_names(fields: Fields) -> None:
    moved = [
        unsupported(name, fields[name], f"In the Responses API, {name} has moved to {there}.")
        for name, there in _MOVED.items()
        if name in fields
    ]
    if moved:
        raise UnsupportedParameters(moved)
    meaningless = sorted(_ONE_TEXT & fields.keys())
    if meaningless:
        raise UnknownParameters(meaningless)


def _refuse_tools(fields: Fields) -> None:
    """Tools that the service itself would have to run, by name: before all else, since each has fields of its own."""
    try:
        tools = _typed.decode(fields.get("tools", b"[]"))
    except msgspec.ValidationError:
        # The table says what is wrong.
        return
    refused = [_tool(tool.type, place) for place, tool in enumerate(tools) if tool.type not in (None, "function")]
    if refused:
        raise UnsupportedParameters(refused)


def _tool(kind: str, place: int) -> Complaint:
    why = f"The tool type '{kind}' is not supported. {_TOOLS}"
    return unsupported("type", kind, why, "tools", str(place), "type")


def _refuse_together(known: ResponseParameters) -> None:
    if known.previous_response_id is not None and known.conversation is not None:
        raise BadRequest(
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Provide only one of them.",
            param="previous_response_id",
            code="mutually_exclusive_parameters",
        )
    if known.background and known.store is False:
        raise BadRequest("A response in the background has to be kept: 'background' requires 'store'.", param="store")
