"""What content filters and blocklists ask of each other: names that must exist, patterns that must be readable."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from zaffre.config.filters import (
    ALWAYS_MEANT,
    MOST_ITEMS,
    OFF,
    SYSTEM_MANAGED,
    BlocklistConfig,
    FilterConfig,
    Item,
    lists_of,
)
from zaffre.config.mistakes import known, quoted
from zaffre.config.outline import Keys
from zaffre.config.patterns import MOST_INSTRUCTIONS, instructions, unreadable


class Wrong(Struct, frozen=True):
    """One mistake, and the keys below the filter's or the list's own name that lead to it."""

    keys: Keys
    expected: str
    found: str


def of_filter(name: str, wanted: FilterConfig, lists: Collection[str], classifiers: Collection[str]) -> Iterator[Wrong]:
    """
    Args:
        lists: names of all blocklists.
        classifiers: names of all that the configuration has, beside those that are always meant.
    """
    if name.lower().startswith("microsoft.") or name.lower() == OFF:
        yield Wrong((), 'a name other than "off" that does not begin with "Microsoft."', quoted(name))
    for number, used in enumerate(lists_of(wanted)):
        if used not in lists:
            yield Wrong(("blocklists", number), known(lists, "blocklist", used), quoted(used))
    judges = (*ALWAYS_MEANT, *classifiers)
    if wanted.backend not in judges:
        yield Wrong(("backend",), known(judges, "classifier", wanted.backend), quoted(wanted.backend))
    if wanted.mode == "asynchronous" and "redact" in wanted.pii.values():
        yield Wrong(("pii",), "annotate or block with mode: asynchronous, which shows text at once", "redact")


def of_blocklist(wanted: BlocklistConfig) -> Iterator[Wrong]:
    if len(wanted.items) > MOST_ITEMS:
        yield Wrong(("items",), f"at most {MOST_ITEMS} items", str(len(wanted.items)))
    taken = 0
    for number, item in enumerate(wanted.items):
        if not isinstance(item, Item) or not item.regex:
            continue
        why = unreadable(item.pattern)
        if why is not None:
            yield Wrong(("items", number), "a regular expression that RE2 can read", f"one that it cannot ({why})")
            continue
        taken += instructions(item.pattern)
        if taken > MOST_INSTRUCTIONS:
            expected = f"regular expressions of at most {MOST_INSTRUCTIONS} instructions of RE2's in one list"
            yield Wrong(("items", number), expected, f"one with which they are {taken}")
            return


def of_deployment(wanted: str | None, filters: Collection[str]) -> Iterator[Wrong]:
    """
    Args:
        wanted: the filter that a deployment names.
        filters: names of all that the configuration has.
    """
    if wanted is None or wanted == OFF or wanted in SYSTEM_MANAGED or wanted in filters:
        return
    expected = known([*filters, *SYSTEM_MANAGED, OFF], "content filter", wanted)
    yield Wrong(("content_filter",), expected, quoted(wanted))
