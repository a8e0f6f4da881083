"""What was asked against what the model can do: the rest is refused in one go, or dropped."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import ChatParameters, JsonObjectFormat, JsonSchemaFormat, StreamOptions, TextFormat
from zaffre.core.deployment import Deployment
from zaffre.core.embeddings import ImageEmbeddingsParameters
from zaffre.core.errors import Complaint, UnknownParameters, UnsupportedParameters, unsupported
from zaffre.core.modality import Modality
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
    # Of OpenAI's API.
    "best_of": (0, 1),
    "echo": (False,),
    "logit_bias": ({},),
    "logprobs": (False,),
    "n": (1,),
    "parallel_tool_calls": (True, False),
    "reasoning_effort": ("none",),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "suffix": ("",),
    "top_logprobs": (0,),
    "verbosity": ("medium",),
}
_NEVER_ASKS: Final = frozenset(
    {
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "user",
    }
)
"""Fields of OpenAI's API that change no answer, whatever they say."""
_WHAT_IT_IS_ABOUT: Final = frozenset({"messages", "prompt", "input"})
"""Without these there is nothing to answer, so they are never dropped."""


class Names(Struct, frozen=True):
    """The parameters of one operation, by name."""

    inference: frozenset[str]
    """Those of the Inference API, which every backend is asked in."""
    surface: frozenset[str]
    """All that the surface knows."""


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


def within_backend(deployment: Deployment, modality: Modality, fields: Fields, known: Struct, names: Names) -> Fields:
    """The fields without those beyond the Inference API's that the backend cannot do and that ask for nothing.

    Args:
        names: what the surface knows, of which the Inference API's own names are a part.

    Raises:
        UnknownParameters: names that neither the surface nor the backend knows.
        UnsupportedParameters: names that the surface knows and the backend cannot do.
    """
    able = deployment.backend.extras(modality)
    if able is None:
        return fields
    beyond = fields.keys() - names.inference - able
    if not beyond:
        return fields
    unknown = sorted(beyond - names.surface)
    if unknown:
        raise UnknownParameters(unknown)
    refused = [name for name in sorted(beyond) if not _asks_nothing(known, name)]
    if refused:
        raise UnsupportedParameters(
            [unsupported(name, fields[name], _reason(deployment, name, known)) for name in refused]
        )
    return {name: raw for name, raw in fields.items() if name not in beyond}


def _asks_nothing(known: Struct, name: str) -> bool:
    if name in _NEVER_ASKS:
        return True
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
