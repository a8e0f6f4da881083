"""What the content-safety routes ask: a classifier, who knows protected material, and the blocklists."""

from typing import Protocol

from msgspec import Struct

from zaffre.safety.classifier import Classifier
from zaffre.services.blocklists.lists import Blocklists


class FindsProtected(Protocol):
    """Says whether a text is somebody's."""

    async def protected(self, text: str) -> bool:
        """Raises ClassifierFailed."""
        ...


class ContentSafety(Struct, frozen=True):
    """What there is of it."""

    classifier: Classifier | None
    """None: nobody judges here."""
    protected: FindsProtected | None
    """None: nobody knows protected material."""
    blocklists: Blocklists
