"""What is wrong with a configuration, in one line each."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


class Place(Struct, frozen=True):
    """Where something stands: a file, a line (from 1) of it, and the path of keys that leads there."""

    file: str
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key}" if self.key else where


class Mistake(Struct, frozen=True):
    """One thing to mend. `str` is a line such as `zaffre.yaml:3: server.port: expected …, found "x"`."""

    place: Place
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, found {self.found}"


class ConfigError(Exception):
    """A configuration that cannot be used, with everything that is wrong with it."""

    def __init__(self, mistakes: Sequence[Mistake], files: Iterable[Path] = ()) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)
        self.files = frozenset(files)
        """The files that were read: mending one of them may mend the configuration."""


class Unfit(ValueError):
    """A text that is not what its place asks for. None of the two: the form's own words, the text itself."""

    def __init__(self, found: str | None = None, *, expected: str | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected


def refuse(place: Place, expected: str, found: str) -> NoReturn:
    """Give up with this one mistake.

    Raises:
        ConfigError: always.
    """
    raise ConfigError([Mistake(place, expected, found)])


def quoted(text: str) -> str:
    """A value as messages show it: in quotes, on one line, not too long."""
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    escaped = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in short)
    return f'"{escaped}"'


def one_of(names: Iterable[str]) -> str:
    """The names that fit, as messages list them."""
    listed = sorted(names) if isinstance(names, set | frozenset) else list(names)
    return quoted(listed[0]) if len(listed) == 1 else f"one of {', '.join(listed)}"


def known(names: Iterable[str], what: str, wrong: str) -> str:
    """What to expect instead of a wrong name: the nearest one where there is one, else all of them."""
    names = list(names)
    spelled = {name.lower(): name for name in names}
    near = get_close_matches(wrong.lower(), spelled, n=1)
    if near:
        return f"a known {what} (did you mean {quoted(spelled[near[0]])}?)"
    return one_of(names) if names else f"a known {what} (there is none)"
