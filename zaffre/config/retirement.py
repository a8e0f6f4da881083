"""What a configuration says of models that their services retire."""

from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Struct

from zaffre.config.forms import Amount
from zaffre.config.mistakes import Unfit
from zaffre.config.reading import Form

NEVER: Final = date.max
"""What `never` means."""


def _day(text: str) -> date:
    if text == "never":
        return NEVER
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit from None


Day = Annotated[date, Form("a day such as 2026-10-01, or never", _day)]
VersionUpgrade = Literal["once-new-default", "once-current-expired", "none"]


class Retirement(Struct, frozen=True):
    """What happens around the day from which a model is no longer there."""

    warn_days: Amount = 90
    """So many days before it."""
    refuse: bool = False
    """From it on, calls are refused here and not sent upstream."""
