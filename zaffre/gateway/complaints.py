"""From a decoder's complaint to one that names the place and shows the value as sent."""

import re
from typing import Final

import msgspec
from msgspec import Raw

from zaffre.core.errors import Complaint

# msgspec writes "What is wrong - at `$.path[0].to.it`"; `[...]` stands for a key it does not name.
_AT: Final = " - at `$"
_STEP: Final = re.compile(r"\.(?P<name>[^.\[`]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_MISSING: Final = re.compile(r"missing required field `(?P<name>[^`]+)`")
_layer: Final = msgspec.json.Decoder(dict[str, Raw] | list[Raw])


def complaint(name: str, raw: Raw, error: msgspec.ValidationError) -> Complaint:
    """What is wrong inside the top-level field `name`, with its `loc` and `input`.

    Of a field that is missing, `input` is what should have held it.
    """
    what, _, path = str(error).partition(_AT)
    loc = ["body", name]
    for found in _STEP.finditer(path):
        step = found["name"] or found["index"]
        inner = _inside(raw, step) if step else None
        if inner is None:
            break
        raw = inner
        loc.append(step)
    missing = _MISSING.search(what)
    if missing:
        loc.append(missing["name"])
    # The value is never decoded: numbers beyond any of ours, such as 1e999, are shown too.
    return Complaint("missing" if missing else "invalid_value", loc, _in_json_words(what), raw)


def _inside(raw: Raw, step: str) -> Raw | None:
    try:
        values = _layer.decode(raw)
    except msgspec.ValidationError:
        # Of a name that stands twice, what is wrong may be the first and what is found the last.
        return None
    if isinstance(values, dict):
        return values.get(step)
    return values[int(step)] if step.isdecimal() and int(step) < len(values) else None


def _in_json_words(what: str) -> str:
    for python, json in (("`str", "`string"), ("`int", "`integer"), ("`float", "`number"), ("`bool", "`boolean")):
        what = what.replace(python, json)
    return what.rstrip(".") + "."
