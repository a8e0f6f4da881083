"""How an answer is wanted: how many, how long, ended where, with what beside the text."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from zaffre.core.chat import ChatRequest, CompletionRequest, Count, Stop
from zaffre.core.errors import Complaint, InvalidParameters

T = TypeVar("T")

Choices = Annotated[int, Meta(ge=1, le=128)]
Alternatives = Annotated[int, Meta(ge=0, le=20)]
_MOST_ALTERNATIVES: Final = 5
"""In text completions, as the OpenAI dialect has it."""


class Wishes(Struct, frozen=True):
    choices: int = 1
    max_words: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    """How many alternatives are shown for each word; None: no log probabilities at all."""
    echo: bool = False
    """The prompt stands before the answer."""


def of_chat(request: ChatRequest) -> Wishes:
    """
    Raises:
        InvalidParameters: a parameter beyond the API's own has a wrong type or value.
    """
    fields = request.fields
    longest = request.known.max_tokens
    shown = _extra(fields, "logprobs", bool, False)
    alternatives = _extra(fields, "top_logprobs", Alternatives, 0)
    return Wishes(
        choices=_extra(fields, "n", Choices, 1),
        max_words=_extra(fields, "max_completion_tokens", Count, None) if longest is None else longest,
        stop=_stops(request.known.stop),
        logprobs=alternatives if shown else None,
    )


def of_completion(request: CompletionRequest) -> Wishes:
    """
    Raises:
        InvalidParameters: a parameter beyond the API's own has a wrong type or value.
    """
    fields = request.fields
    shown: bool | int | None = _extra(fields, "logprobs", bool | Alternatives, None)
    return Wishes(
        choices=_extra(fields, "n", Choices, 1),
        max_words=request.known.max_tokens,
        stop=_stops(request.known.stop),
        logprobs=None if shown is None or shown is False else min(int(shown), _MOST_ALTERNATIVES),
        echo=_extra(fields, "echo", bool, False),
    )


def _stops(stop: Stop | None) -> tuple[str, ...]:
    listed = [stop] if isinstance(stop, str) else stop or []
    return tuple(text for text in listed if text)


def _extra(fields: Mapping[str, Raw], name: str, kind: Any, absent: T) -> T:
    if name not in fields:
        return absent
    try:
        value: T = msgspec.json.decode(fields[name], type=kind)
    except msgspec.ValidationError as error:
        raise InvalidParameters([Complaint("invalid_value", ["body", name], str(error), fields[name])]) from None
    return value
