"""Texts and numbers that fit a JSON schema's keywords. What a schema says wrongly is ignored."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from zaffre.engine.scripted.pattern import LONGEST, matching

Schema = dict[str, Any]

_FORMATS: Final = {
    "date": "2024-01-01",
    "date-time": "2024-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "iri-reference": "/example",
    "uri-template": "/example/{id}",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/example",
    "regex": ".*",
    "byte": "ZXhhbXBsZQ==",
}
_LARGEST: Final = 2**53
"""Beyond it a JSON number is not exact everywhere."""


def text(schema: Schema, name: str) -> str:
    """A string for the property `name`: of the format or pattern asked for, else the property's own name."""
    shortest = count(schema, "minLength") or 0
    written = _FORMATS.get(str(schema.get("format")).lower())
    if written is None and isinstance(pattern := schema.get("pattern"), str):
        written = matching(pattern, shortest)
    if written is not None:
        return written
    written = name or "text"
    if len(written) < shortest:
        written = (written * math.ceil(shortest / len(written)))[:shortest]
    return written[: count(schema, "maxLength")]


def number(schema: Schema, *, whole: bool) -> float:
    """A number within the bounds: 1 where it fits, else one near them."""
    low, high = _edge(schema, "minimum", "exclusiveMinimum"), _edge(schema, "maximum", "exclusiveMaximum")
    step = _step(schema, whole)
    found = Fraction(1)
    for candidate in _candidates(low, high, step):
        if _fits(candidate, low, high):
            found = candidate
            break
    return int(found) if whole else float(found)


def count(schema: Schema, keyword: str) -> int | None:
    """A keyword that counts (`minItems`, `maxLength`, …), or None; never more than is sensible to write."""
    value = _finite(schema.get(keyword))
    return None if value is None or value < 0 else min(int(value), LONGEST)


_Edge = tuple[Fraction, bool] | None
"""A bound and whether it is itself excluded."""


def _edge(schema: Schema, inclusive: str, exclusive: str) -> _Edge:
    bound = _finite(schema.get(exclusive))
    if bound is not None:
        return bound, True
    bound = _finite(schema.get(inclusive))
    # JSON Schema's draft 4 wrote the exclusion as a boolean beside the bound.
    return None if bound is None else (bound, schema.get(exclusive) is True)


def _step(schema: Schema, whole: bool) -> Fraction | None:
    step = _finite(schema.get("multipleOf"))
    step = None if step is None else abs(step).limit_denominator(10**6)
    if not whole:
        return step or None
    return Fraction(step.numerator) if step else Fraction(1)


def _candidates(low: _Edge, high: _Edge, step: Fraction | None) -> Iterator[Fraction]:
    wanted = [Fraction(1)]
    grain = step or Fraction(1)
    if low:
        wanted += [low[0], low[0] + grain]
    if high:
        wanted += [high[0], high[0] - grain]
    if low and high:
        wanted.append((low[0] + high[0]) / 2)
    for value in wanted:
        if step is None:
            yield value
        else:
            yield math.ceil(value / step) * step
            yield math.floor(value / step) * step


def _fits(value: Fraction, low: _Edge, high: _Edge) -> bool:
    above = low is None or value > low[0] or (value == low[0] and not low[1])
    below = high is None or value < high[0] or (value == high[0] and not high[1])
    return above and below


def _finite(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Fraction(value) if abs(value) <= _LARGEST else None
