"""Items: what a conversation consists of, said by the caller or by the model.

Source: https://github.com/openai/openai-openapi, `InputItem` and `OutputItem`. Clients send the items of earlier
answers back as input, so both are read here. Items travel as JSON; what they say beyond these structs stays.
"""

from collections.abc import Mapping, Sequence
from random import getrandbits
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from zaffre.core.errors import BadRequest

Role = Literal["user", "assistant", "system", "developer"]
Detail = Literal["low", "high", "auto", "original"]


class InputText(Struct, tag_field="type", tag="input_text"):
    text: str


class OutputText(Struct, tag_field="type", tag="output_text"):
    text: str


class ChatText(Struct, tag_field="type", tag="text"):
    """Chat's name for it, which some clients keep."""

    text: str


class Refusal(Struct, tag_field="type", tag="refusal"):
    refusal: str


class InputImage(Struct, tag_field="type", tag="input_image"):
    image_url: str | None = None
    """An address, or the image itself as a data URL."""
    file_id: str | None = None
    detail: Detail | None = None


class InputFile(Struct, tag_field="type", tag="input_file"):
    file_data: str | None = None
    """The file itself as a data URL."""
    filename: str | None = None
    file_id: str | None = None
    file_url: str | None = None


class InputAudio(Struct, tag_field="type", tag="input_audio"):
    input_audio: dict[str, Any]


Part = InputText | OutputText | ChatText | Refusal | InputImage | InputFile | InputAudio


class Message(Struct, tag_field="type", tag="message"):
    role: Role
    content: str | list[Part]


class FunctionCall(Struct, tag_field="type", tag="function_call"):
    call_id: str
    name: str
    arguments: str
    """JSON as text."""


class FunctionCallOutput(Struct, tag_field="type", tag="function_call_output"):
    call_id: str
    output: str | list[Part]


class Reasoning(Struct, tag_field="type", tag="reasoning"):
    """What a model thought. Nobody but the caller reads it again."""


class ItemReference(Struct, tag_field="type", tag="item_reference"):
    """Stands for an item that is kept."""

    id: str


Item = Message | FunctionCall | FunctionCallOutput | Reasoning | ItemReference

PREFIXES: Final[Mapping[str, str]] = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "reasoning": "rs",
}
"""Of the ids of items, by their type."""

_item: Final[msgspec.json.Decoder[Item]] = msgspec.json.Decoder(Item)


class _Known(Struct):
    id: str
    type: str


_known: Final = msgspec.json.Decoder(_Known)


def made_id(kind: str) -> str:
    """A new id for an item of this type, or for a `call`."""
    return f"{PREFIXES.get(kind, kind)}_{getrandbits(192):048x}"  # unique, not secret: no system call


def item_of(raw: Raw) -> Item:
    """The item. Raises msgspec.ValidationError."""
    return _item.decode(raw)


def reference(raw: Raw) -> str | None:
    """The id that an item refers to, if it is a reference."""
    known = _known.decode(raw)
    return known.id if known.type == "item_reference" else None


def resolved(items: Sequence[Raw], kept: Mapping[str, Raw]) -> list[Raw]:
    """The items, with what they refer to in place of the references.

    Args:
        kept: items by id.

    Raises:
        BadRequest: with the status 404, as OpenAI's, where an item is not kept.
    """
    return [raw if (named := reference(raw)) is None else _found(named, kept) for raw in items]


def _found(named: str, kept: Mapping[str, Raw]) -> Raw:
    if named not in kept:
        raise BadRequest(
            f"Item with id '{named}' not found. Items are not kept where `store` is false.", param="input", status=404
        )
    return kept[named]
