"""The input of a response: items checked, and brought into the form in which they are kept and listed."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Raw, structs

from zaffre.core.errors import Complaint, InvalidParameters, UnsupportedParameters, unsupported
from zaffre.gateway.complaints import complaint
from zaffre.services.responses.items import (
    PREFIXES,
    FunctionCallOutput,
    InputFile,
    InputImage,
    Item,
    ItemReference,
    Message,
    Part,
    Reasoning,
    item_of,
    made_id,
)

_encode: Final = msgspec.json.Encoder().encode
_input: Final = msgspec.json.Decoder(str | list[dict[str, Raw]])
_parts: Final = msgspec.json.Decoder(str | list[dict[str, Raw]])
_kind: Final = msgspec.json.Decoder(str)
_NULL: Final = Raw(b"null")
_REFERENCE: Final = "item_reference"
_KINDS: Final = (*PREFIXES, _REFERENCE)
_TEXTS: Final = (Raw(b'"text"'), Raw(b'"input_text"'), Raw(b'"output_text"'))
_INPUT_TEXT: Final = Raw(b'"input_text"')
_OUTPUT_TEXT: Final = Raw(b'"output_text"')
_IMAGE: Final = Raw(b'"input_image"')
_AUTO: Final = Raw(b'"auto"')
_NONE: Final = Raw(b"[]")


def checked_items(raw: Raw) -> list[Raw]:
    """The items of an input, whose own type is right; a text is a user's message.

    Raises:
        InvalidParameters: an item is not as it should be.
        UnsupportedParameters: items that this server does not know, or that name files it does not keep.
    """
    said = _input.decode(raw)
    if isinstance(said, str):
        said = [{"role": Raw(b'"user"'), "content": raw}]
    return [_checked(place, item) for place, item in enumerate(said)]


def _checked(place: int, sent: dict[str, Raw]) -> Raw:
    said = {name: value for name, value in sent.items() if value != _NULL}
    kind = _kind_of(place, said)
    if kind not in _KINDS:
        why = f"Items of the type '{kind}' are not supported. Supported are: {', '.join(_KINDS)}."
        raise UnsupportedParameters([unsupported("type", said["type"], why, "input", str(place), "type")])
    said["type"] = Raw(_encode(kind))
    item = _decoded(place, Raw(_encode(said)))
    refused = list(_out_of_reach(place, item))
    if refused:
        raise UnsupportedParameters(refused)
    return Raw(_encode(_as_kept(kind, item, said)))


def _kind_of(place: int, said: dict[str, Raw]) -> str:
    """An item's type. Messages need not say it, and neither do references, which have nothing but an id."""
    if "type" in said:
        try:
            return _kind.decode(said["type"])
        except msgspec.ValidationError as error:
            raise InvalidParameters([_within(place, complaint("type", said["type"], error), "type")]) from None
    if "content" in said:
        # https://learn.microsoft.com/azure/ai-foundry/openai/latest#openaiimplicitusermessage
        said.setdefault("role", Raw(b'"user"'))
    if "role" in said:
        return "message"
    if said.keys() == {"id"}:
        return _REFERENCE
    raise InvalidParameters([Complaint("missing", ["body", "input", str(place), "type"], "type is required.", None)])


def _decoded(place: int, raw: Raw) -> Item:
    try:
        return item_of(raw)
    except msgspec.ValidationError as error:
        raise InvalidParameters([_within(place, complaint("input", raw, error))]) from None


def _within(place: int, found: Complaint, *steps: str) -> Complaint:
    """A complaint about an item by itself, as one about the input's item in this place."""
    return structs.replace(found, loc=["body", "input", str(place), *steps, *found.loc[2:]])


def _out_of_reach(place: int, item: Item) -> Iterator[Complaint]:
    """What stands elsewhere: files that are not kept here, and addresses that nobody but OpenAI looks up."""
    name, parts = _parts_of(item)
    for number, part in enumerate(parts):
        at = ("input", str(place), name, str(number))
        if isinstance(part, InputImage) and part.image_url is None:
            yield _elsewhere(part, "image_url", ("file_id",), at)
        if isinstance(part, InputFile) and part.file_data is None:
            yield _elsewhere(part, "file_data", ("file_id", "file_url"), at)


def _elsewhere(part: Part, needed: str, others: tuple[str, ...], at: tuple[str, ...]) -> Complaint:
    for other in others:
        value = getattr(part, other)
        if value is not None:
            return unsupported(other, value, f"{other} is not supported: send the content as {needed}.", *at, other)
    return Complaint("missing", ["body", *at, needed], f"{needed} is required.", None)


def _parts_of(item: Item) -> tuple[str, list[Part]]:
    match item:
        case Message(content=list() as parts):
            return "content", parts
        case FunctionCallOutput(output=list() as parts):
            return "output", parts
    return "", []


def _as_kept(kind: str, item: Item, said: dict[str, Raw]) -> dict[str, Any]:
    """The item as the API lists it: with an id, a status, and its content in parts."""
    if isinstance(item, ItemReference):
        return dict(said)
    kept: dict[str, Any] = {"id": made_id(kind), **said}
    match item:
        case Message():
            kept["content"] = _content(said["content"], item.role == "assistant")
        case FunctionCallOutput(output=list()):
            kept["output"] = _content(said["output"], False)
        case Reasoning():
            kept.setdefault("summary", _NONE)
    kept.setdefault("status", "completed")
    return kept


def _content(raw: Raw, answered: bool) -> list[dict[str, Raw]]:
    content = _parts.decode(raw)
    if isinstance(content, str):
        content = [{"type": _INPUT_TEXT, "text": raw}]
    return [_part(part, answered) for part in content]


def _part(part: dict[str, Raw], answered: bool) -> dict[str, Raw]:
    """The part with what the API always lists."""
    if part["type"] in _TEXTS:
        part["type"] = _OUTPUT_TEXT if answered else _INPUT_TEXT
        if answered:
            part.setdefault("annotations", _NONE)
    elif part["type"] == _IMAGE and part.get("detail", _NULL) == _NULL:
        part["detail"] = _AUTO
    return part
