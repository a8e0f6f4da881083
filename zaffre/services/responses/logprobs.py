"""Log probabilities: from a chat choice's form to that of a text in a response."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from zaffre.core.chat import Carried


class _Top(Struct):
    token: str
    logprob: float
    bytes: list[int] | None = None


class _Token(_Top):
    top_logprobs: list[_Top] | None = None


class _OfChoice(Struct):
    content: list[_Token] | None = None


_of_choice: Final = msgspec.json.Decoder(_OfChoice)


def of_text(carried: Carried | None) -> list[dict[str, Any]]:
    """Those of the text's tokens; none where there are none, or where they are of another form."""
    if carried is None:
        return []
    try:
        found = _of_choice.decode(msgspec.json.encode(carried) if isinstance(carried, Mapping) else carried)
    except msgspec.DecodeError:
        return []
    return [
        _written(token) | {"top_logprobs": list(map(_written, token.top_logprobs or ()))}
        for token in found.content or ()
    ]


def _written(token: _Top) -> dict[str, Any]:
    # Published clients want the bytes, which some servers leave out.
    letters = list(token.token.encode(errors="replace")) if token.bytes is None else token.bytes
    return {"token": token.token, "bytes": letters, "logprob": token.logprob}
