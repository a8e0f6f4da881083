"""From a decoder's complaint to one that names the place and shows the value as sent."""

import re
from typing import Any, Final

import msgspec
from msgspec import Raw

from zaffre.core.errors import Complaint

# msgspec writes "What is wrong - at `$.path[0].to.it`"; `[...]` stands for a key it does not name.
_MESSAGE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+)\]")


def complaint(name: str, raw: Raw, error: msgspec.ValidationError) -> Complaint:
    """What is wrong inside the top-level field `name`, with its `loc` and `input` (contract 6.3)."""
    found = _MESSAGE.match(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    steps = [step["name"] or step["index"] for step in _STEP.finditer(path)]
    value: Any = msgspec.json.decode(raw)
    loc = ["body", name]
    for step in steps:
        inner = _inside(value, step)
        if inner is _ABSENT:
            break
        value = inner
        loc.append(step)
    kind = "missing" if "missing required field" in what else "invalid_value"
    return Complaint(kind, loc, _in_json_words(what), value)


_ABSENT: Final = object()


def _inside(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, _ABSENT)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return _ABSENT


def _in_json_words(what: str) -> str:
    for python, json in (("`str", "`string"), ("`int", "`integer"), ("`float", "`number"), ("`bool", "`boolean")):
        what = what.replace(python, json)
    return what.rstrip(".") + "."
