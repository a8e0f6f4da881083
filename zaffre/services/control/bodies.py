"""What is kept of blocklists. Everything else is kept in the words of the configuration file."""

from typing import Annotated

from msgspec import Meta, Struct

Description = Annotated[str, Meta(max_length=1024)]
"""What people say of a list or an item."""


class ListBody(Struct, omit_defaults=True):
    """What is kept of a list."""

    description: str | None = None
    tags: dict[str, str] = {}
    """As people sort resources, at Azure."""


class ItemBody(Struct, omit_defaults=True):
    """What is kept of an item."""

    pattern: str
    regex: bool = False
    """It is a regular expression, in RE2's syntax."""
    description: str | None = None
    """For people."""
    tags: dict[str, str] = {}
