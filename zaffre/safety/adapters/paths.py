"""Dotted paths into a JSON value: `results.0.scores.toxic`, or `0.label=toxic.score`."""

from typing import Any

from zaffre.core.errors import ClassifierFailed


def number_at(value: Any, path: str) -> float:
    """The number from 0 to 1 to which a path leads; true and false are 1 and 0.

    A step is the name of a field, the place of a list's item, or `name=text`: the first item of a list whose field
    `name` is that text.

    Raises:
        ClassifierFailed: it leads nowhere, or to anything else. A misspelt path must not read as safe.
    """
    for step in path.split("."):
        value = _step(value, step)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ClassifierFailed("unreadable")
    return float(value)


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list):
        name, equals, text = step.partition("=")
        if equals:
            named = (item for item in value if isinstance(item, dict) and str(item.get(name)) == text)
            found = next(named, None)
            if found is not None:
                return found
        elif step.isdecimal() and len(step) < 10 and int(step) < len(value):
            return value[int(step)]
    raise ClassifierFailed("unreadable")
