"""What a configuration may say of content filters and blocklists. What is stored says it in the same words."""

from typing import Annotated, Final, Literal

from msgspec import Struct

from zaffre.config.forms import Word
from zaffre.config.mistakes import Unfit
from zaffre.config.reading import Form

DEFAULT_V2: Final = "Microsoft.DefaultV2"
DEFAULT: Final = "Microsoft.Default"
SYSTEM_MANAGED: Final = (DEFAULT_V2, DEFAULT)
"""Filters that are always there, under names that nobody else's may begin like."""
DEFAULT_FILTER: Final = DEFAULT_V2
"""The filter of a deployment that names none. A script, which says what its author wrote, has none then."""
OFF: Final = "off"
"""What a deployment says that wants no filter."""
ALWAYS_MEANT: Final = ("local", "combined")
"""Classifiers that a filter may name: the one in this process, and all of them as one."""
MOST_ITEMS: Final = 10_000
"""Of one blocklist."""
LONGEST_PATTERN: Final = 1000
"""Characters."""

Level = Literal["off", "low", "medium", "high"]
"""The lowest severity that counts."""
Action = Literal["block", "annotate"]
Detection = Literal["off", "annotate", "block"]
Handling = Literal["annotate", "block", "redact"]
PersonalData = Literal["email", "phone", "credit_card", "iban", "ip_address", "us_ssn"]


def _pattern(text: str) -> str:
    if not 0 < len(text.strip()) <= len(text) <= LONGEST_PATTERN:
        raise Unfit
    return text


Pattern = Annotated[str, Form(f"1 to {LONGEST_PATTERN} characters", _pattern)]


class Threshold(Struct, frozen=True):
    """From which severity on a category counts, and what is done then."""

    threshold: Level = "medium"
    action: Action = "block"


class Harm(Struct, frozen=True):
    """One of the four harms, on each side. What is None is the base's."""

    prompt: Level | Threshold | None = None
    completion: Level | Threshold | None = None


class Sides(Struct, frozen=True):
    """Something that is there or not, on each side. What is None is the base's."""

    prompt: Detection | None = None
    completion: Detection | None = None


class ListUse(Struct, frozen=True):
    """How a filter uses a blocklist."""

    name: str
    prompt: Detection = "block"
    completion: Detection = "block"


class FilterConfig(Struct, frozen=True):
    """A content filter: what is looked for, where, and what is done about it. What is None is the base's."""

    base: Literal["Microsoft.DefaultV2", "Microsoft.Default"] = DEFAULT_V2
    mode: Literal["default", "asynchronous"] = "default"
    """How streams are checked: before their text is shown, or after."""
    hate: Level | Harm | None = None
    sexual: Level | Harm | None = None
    violence: Level | Harm | None = None
    self_harm: Level | Harm | None = None
    jailbreak: Detection | None = None
    """In prompts."""
    indirect_attack: Detection | None = None
    """In documents of a prompt, and in what tools answered."""
    profanity: Detection | Sides | None = None
    protected_material_text: Detection | None = None
    """In completions, as the next two."""
    protected_material_code: Detection | None = None
    pii: dict[PersonalData, Handling] = {}
    blocklists: tuple[str | ListUse, ...] = ()
    backend: Word = "local"
    """The classifier that judges."""
    on_error: Literal["open", "closed"] = "open"
    """Whether a call is answered that could not be checked."""
    screen: Literal["first", "parallel"] = "first"
    """Whether the model is asked once the prompt is checked, or at the same time."""
    annotations: bool = True
    """Whether answers tell what was found."""
    self_harm_help: str | None = None
    """What somebody is told whose prompt is stopped for self-harm, rather than that it was stopped."""
    log_text: bool = False
    """Whether the log shows the text in which something was found."""
    tags: dict[str, str] = {}
    """For people, and shown to those who manage."""


class Item(Struct, frozen=True):
    """One entry of a blocklist."""

    pattern: Pattern
    regex: bool = False


class BlocklistConfig(Struct, frozen=True):
    """Words and patterns that are not wanted."""

    items: tuple[Pattern | Item, ...] = ()


def lists_of(wanted: FilterConfig) -> list[str]:
    """The names of the blocklists that a filter uses."""
    return [use if isinstance(use, str) else use.name for use in wanted.blocklists]
