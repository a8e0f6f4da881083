"""What is kept of a named key: its digest, and what it opens. The key itself is shown once, when it is made."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Struct

from zaffre.config.forms import Count, Name, Sha256
from zaffre.config.mistakes import Unfit, one_of
from zaffre.config.reading import Form
from zaffre.core.surface import DATA, Surface


def moment(text: str) -> float:
    """Seconds since 1970 of a date or a time, in UTC where it names no zone.

    Raises:
        Unfit
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


Moment = Annotated[float, Form("a date or a time such as 2027-01-31 or 2027-01-31T12:00:00Z", moment)]


def _data_surface(text: str) -> Surface:
    for surface in DATA:
        if surface == text:
            return surface
    raise Unfit


DataSurface = Annotated[Surface, Form(one_of(sorted(DATA)), _data_surface)]
"""One that answers by models: no named key manages."""


class KeyConfig(Struct, frozen=True):
    """A key with a name."""

    digest: Sha256
    """SHA-256 of the key."""
    hint: str = ""
    """Its last characters, by which its holder knows it again."""
    deployments: Literal["all"] | tuple[Name, ...] = "all"
    surfaces: Literal["all"] | tuple[DataSurface, ...] = "all"
    expires: Moment | None = None
    rpm: Count | None = None
    """Requests a minute, over all deployments."""
    tpm: Count | None = None


class ServerKeyConfig(Struct, frozen=True):
    """One of the server's own keys, whose text is in the data folder. That it was made anew is what is kept."""

    digest: Sha256
