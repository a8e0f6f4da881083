"""Resources: what is created and changed while the server runs, and what keeps them.

A resource is a JSON object under a kind and a name. Its words are those of the configuration file, so that one reader
serves both. Every change gets the next number, and leaves an audit row with it: the revision of the whole is the number
of the last change, the version of a resource that of its own last one.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Kind(StrEnum):
    """What a resource is."""

    DEPLOYMENT = "deployment"
    CONNECTION = "connection"
    KEY = "key"
    """A named key: its digest and what it opens."""
    SERVER_KEY = "server_key"
    """One of the server's own keys. Its secret is kept elsewhere, or encrypted."""
    POLICY = "policy"
    CONTENT_FILTER = "content_filter"
    BLOCKLIST = "blocklist"
    BLOCKLIST_ITEM = "blocklist_item"
    """Named `LIST/ITEM`."""


class Resource(Struct, frozen=True):
    """One as it is kept. Names are matched in any letter case and kept as they were spelled."""

    kind: Kind
    name: str
    body: bytes
    """JSON."""
    version: int
    created: float
    """Seconds since 1970, as the next."""
    changed: float


class Edit(Struct, frozen=True):
    """One change: put, or, without a body, delete."""

    kind: Kind
    name: str
    body: bytes | None


class AuditRow(Struct, frozen=True):
    """Who did what, when."""

    number: int
    at: float
    """Seconds since 1970."""
    actor: str
    action: str
    """`create`, `update` or `delete`."""
    kind: Kind
    name: str
    before: bytes | None
    after: bytes | None


class Changes(Struct, frozen=True):
    """What has changed since some revision."""

    revision: int
    resources: Sequence[Resource]
    """Those that are new or changed, as they are now."""
    gone: Sequence[tuple[Kind, str]]
    """Kinds and lower-case names of those that are there no more."""


class Moved(Exception):
    """Others have changed something since the revision that a change was made for. Read again, and decide again."""


class ResourceStore(Protocol):
    """Keeps them. Every method raises StoreFailed."""

    async def revision(self) -> int:
        """The number of the last change; 0 where there was none."""
        ...

    async def since(self, revision: int) -> Changes:
        """All that has changed after that revision; after 0, all there is."""
        ...

    async def edit(self, edits: Sequence[Edit], *, actor: str, at: int) -> int:
        """Do all of these, or none; the new revision. Deleting what is not there changes nothing.

        Args:
            actor: who does it, for the audit.
            at: the revision that the caller has decided upon.

        Raises:
            Moved: the revision is another by now.
        """
        ...

    async def audit(self, kind: Kind | None = None, name: str | None = None, most: int = 100) -> list[AuditRow]:
        """The last changes, newest first."""
        ...
