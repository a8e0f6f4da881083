"""API keys. Only their digests are kept in memory, so that neither a dump nor a timing tells a key."""

from collections.abc import Iterable
from hashlib import sha256

from zaffre.core.deployment import Principal

ANONYMOUS = Principal("anonymous")
"""Who calls a server without keys, which listens on the loopback interface only."""


class Keys:
    """The keys that open this server. Without any, everybody is welcome."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._principals = {
            sha256(secret.encode()).digest(): Principal(f"key-{number}") for number, secret in enumerate(secrets, 1)
        }

    @property
    def open(self) -> bool:
        """Whether no key is asked for."""
        return not self._principals

    def principal(self, secret: bytes) -> Principal | None:
        """Who holds this secret; None where nobody does."""
        return self._principals.get(sha256(secret).digest())
