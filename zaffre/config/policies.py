"""Which deployments there may be: rules that are checked whenever one is created or changed."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Struct

from zaffre.config.forms import Count, Name, matching
from zaffre.config.reading import Form
from zaffre.core.limits import Sku

Glob = Annotated[
    str,
    Form("a pattern of 1 to 200 characters, where * is any text and ? any character", matching(r"[^\x00-\x1f]{1,200}")),
]
"""As in `fnmatch`, in any letter case."""

SELECTORS = ("publishers", "models", "versions", "skus")
CONDITIONS = ("max_capacity", "content_filter")


class Policy(Struct, frozen=True):
    """One rule: which deployments it is about, and what it says of them."""

    name: Name
    effect: Literal["allow", "deny"] = "deny"
    publishers: tuple[Glob, ...] | None = None
    """None: any, as in the next three."""
    models: tuple[Glob, ...] | None = None
    versions: tuple[Glob, ...] | None = None
    skus: tuple[Sku, ...] | None = None
    max_capacity: Count | None = None
    """Units of the capacity type that a deployment may have."""
    content_filter: Literal["required"] | None = None
    message: str | None = None
    """Told to who is refused."""


def mistakes(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """What its keys ask of each other: key, what was expected, what was found."""
    if all(getattr(policy, key) is None for key in (*SELECTORS, *CONDITIONS)):
        yield "", f"one of {', '.join((*SELECTORS, *CONDITIONS))}", "none, so a rule about every deployment"
    for key in SELECTORS:
        if getattr(policy, key) == ():
            yield key, "at least one (leave the key out for any)", "none"
