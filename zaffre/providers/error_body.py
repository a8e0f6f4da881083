"""Reading error bodies, in any of the shapes that vendors use."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from zaffre.core.errors import Complaint

MESSAGE_LIMIT: Final = 2000
"""Characters of an upstream's message that are passed on."""
COMPLAINT_LIMIT: Final = 50

_WRAPPERS: Final = ("error", "errors", "detail", "message")
"""Under which vendors put the object that says what is wrong, or a list of it, or its JSON as text."""
_DEPTH: Final = 4
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_any: Final = msgspec.json.Decoder()


class ErrorBody:
    """What an error body says."""

    def __init__(self, body: bytes, redact: Callable[[bytes], bytes]) -> None:
        """
        Args:
            redact: takes secrets out of JSON.
        """
        self._redact = redact
        self._places = list(self._objects(self._decoded(body), _DEPTH))
        """The objects that may say something, the innermost first."""
        self.complaints = list(self._complaints())[:COMPLAINT_LIMIT]
        self.message = self._text("message", "detail", "error") or self._joined()
        self.code = self._word("code", "type")
        self.param = self._text("param")
        self.innererror = next((inner for place in self._places if (inner := mapping(place.get("innererror")))), {})
        self.words = {word for place in self._places for name in ("code", "type") if (word := _string(place.get(name)))}

    def _decoded(self, body: bytes) -> object:
        """The JSON without secrets, which escapes may hide; None for what is no JSON."""
        try:
            return _any.decode(self._redact(msgspec.json.encode(_any.decode(body))))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None

    def _objects(self, said: object, depth: int) -> Iterator[dict[str, Any]]:
        if isinstance(said, str) and said[:1] == "{":
            said = self._decoded(said.encode())
        elif isinstance(said, list) and said:
            said = said[0]
        if isinstance(said, dict) and "loc" not in said and depth:
            for name in _WRAPPERS:
                yield from self._objects(said.get(name), depth - 1)
            yield said

    def _complaints(self) -> Iterator[Complaint]:
        """The first list of complaints in pydantic's form, as FastAPI servers give it."""
        for place in self._places:
            for name in ("detail", "details"):
                found = [item for item in _list(place.get(name)) if isinstance(mapping(item).get("loc"), list)]
                if found:
                    yield from map(_complaint, found)
                    return

    def _text(self, *names: str) -> str:
        texts = (_string(place.get(name)) for place in self._places for name in names)
        said = next((text for text in texts if text and text[:1] != "{"), "")
        return said if len(said) <= MESSAGE_LIMIT else said[:MESSAGE_LIMIT] + "…"

    def _word(self, *names: str) -> str:
        """The first that is short enough to be a code, also in a header."""
        return next((word for name in names if _CODE.fullmatch(word := self._text(name))), "")

    def _joined(self) -> str:
        told = "; ".join(f"{'.'.join(complaint.loc[1:])}: {complaint.msg}" for complaint in self.complaints)
        return told[:MESSAGE_LIMIT]


def _complaint(item: dict[str, Any]) -> Complaint:
    loc = [str(step) for step in item["loc"]]
    kind, msg = _string(item.get("type")) or "invalid_value", _string(item.get("msg"))
    return Complaint(kind, loc if loc[:1] == ["body"] else ["body", *loc], msg[:MESSAGE_LIMIT], item.get("input"))


def mapping(value: object) -> dict[str, Any]:
    """The value, or an empty mapping for anything else."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
