"""What was asked against what the model can do: the rest is refused in one go, or dropped."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import ChatParameters, JsonObjectFormat, JsonSchemaFormat, StreamOptions, TextFormat
from zaffre.core.deployment import Deployment
from zaffre.core.embeddings import ImageEmbeddingsParameters
from zaffre.core.errors import Complaint, UnsupportedParameters, unsupported
from zaffre.gateway.fields import Fields

# A value equal to the API's default asks for nothing, so no model can fail to do it.
_ASKS_NOTHING: Final[Mapping[str, tuple[object, ...]]] = {
    "stream": (False,),
    "stream_options": (StreamOptions(), StreamOptions(False)),
    "response_format": (TextFormat(),),
    "tool_choice": ("auto",),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "temperature": (1,),
    "top_p": (1,),
    "modalities": (["text"],),
    "encoding_format": ("float",),
    "input_type": ("text",),
}
_WHAT_IT_IS_ABOUT: Final = frozenset({"messages", "prompt", "input"})
"""Without these there is nothing to answer, so they are never dropped."""

_TEXT: Final = "text"
"""Of an image: the one parameter of the API that does not stand at the top level."""


def within_abilities(deployment: Deployment, fields: Fields, known: Struct, *, drop: bool) -> Fields:
    """The fields without those that the model cannot do and that ask for nothing; `known` loses them too.

    Args:
        drop: leave out those that ask for something as well, instead of refusing them.

    Raises:
        UnsupportedParameters: naming all of them.
    """
    lacks = deployment.unsupported
    if lacks.isdisjoint(fields) and _TEXT not in lacks:
        return fields
    kept = dict(fields)
    refused: list[Complaint] = []
    for name in sorted(lacks & fields.keys()):
        if (drop and name not in _WHAT_IT_IS_ABOUT) or _asks_nothing(known, name):
            del kept[name]
            setattr(known, name, None)
        else:
            refused.append(unsupported(name, fields[name], _reason(deployment, name, known)))
    if _TEXT in lacks and isinstance(known, ImageEmbeddingsParameters):
        refused += _without_texts(deployment, kept, known, drop)
    if refused:
        raise UnsupportedParameters(refused)
    return kept


def _asks_nothing(known: Struct, name: str) -> bool:
    value = getattr(known, name, None)
    if name == "tool_choice" and value == "none" and isinstance(known, ChatParameters):
        # The default as long as there is no tool; else it keeps the model from calling one.
        return known.tools is None
    return value in _ASKS_NOTHING.get(name, ())


def _reason(deployment: Deployment, name: str, known: Struct) -> str:
    asked = name
    chosen = getattr(known, name, None)
    if isinstance(chosen, JsonObjectFormat | JsonSchemaFormat):
        asked = f"{name} {chosen.__struct_config__.tag}"
    return f"The model {deployment.model} does not support {asked}."


def _without_texts(
    deployment: Deployment, fields: Fields, known: ImageEmbeddingsParameters, drop: bool
) -> list[Complaint]:
    """The texts beside images: complaints about them, or none and the images alone."""
    reason = _reason(deployment, _TEXT, known)
    refused = [
        unsupported(_TEXT, item.text, reason, "input", str(place), _TEXT)
        for place, item in enumerate(known.input)
        if item.text is not None
    ]
    if not (refused and drop):
        return refused
    for item in known.input:
        item.text = None
    fields["input"] = Raw(msgspec.json.encode([{"image": item.image} for item in known.input]))
    return []
