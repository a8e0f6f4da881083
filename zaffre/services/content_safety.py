"""What the content-safety routes ask: a classifier, who knows protected material, and the blocklists."""

from typing import Protocol

from msgspec import Struct

from zaffre.core.deployment import AnsweredElsewhere
from zaffre.safety.classifier import Classifier
from zaffre.services.blocklists.lists import Blocklists
from zaffre.services.blocklists.matching import Matching


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
    matching: Matching
    elsewhere: bool = False
    """A deployment is asked that another process of this server answers for."""

    @property
    def judge(self) -> Classifier | None:
        """The classifier, to be asked. Raises AnsweredElsewhere."""
        if self.elsewhere:
            raise AnsweredElsewhere
        return self.classifier
