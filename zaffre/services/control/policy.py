"""Whether a deployment is one that there may be.

A rule is about the deployments that all of its selectors fit. A deny rule denies those; with conditions, it denies only
those of them that do not meet every one. An allow rule allows those of them that meet every one. A deployment that a
deny rule denies is denied; so is one that no allow rule allows, where there is an allow rule. Their order does not
matter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from zaffre import catalog
from zaffre.catalog import ModelFacts
from zaffre.config.policies import Policy
from zaffre.config.schema import DeploymentConfig
from zaffre.core.errors import RequestDisallowedByPolicy
from zaffre.limits.rates import REQUESTS_PER_UNIT, TOKENS_PER_UNIT

UNKNOWN: Final = ModelFacts("").publisher
"""The publisher of a model that nobody has described."""


class Finding(Struct, frozen=True):
    """What a rule minds of a deployment."""

    field: str
    """A key of a deployment."""
    value: str
    """Empty: the deployment does not say."""

    def __str__(self) -> str:
        return f'{self.field} "{self.value}"' if self.value else f"no {self.field}"


class Denial(Struct, frozen=True):
    """Why a deployment may not be."""

    deployment: str
    policy: str
    """The rule's name; of allow rules of which none allows it, the names of all."""
    findings: tuple[Finding, ...]
    message: str = ""
    """The rule's own."""

    @property
    def field(self) -> str:
        """The key of the deployment that is to blame first."""
        return self.findings[0].field

    @property
    def reason(self) -> str:
        """What the rule minds, and its message."""
        listed = ", ".join(map(str, self.findings))
        return f"{listed} ({self.message})" if self.message else listed

    def error(self) -> RequestDisallowedByPolicy:
        """The refusal of a request that would make such a deployment."""
        fields = {each.field: each.value for each in self.findings}
        return RequestDisallowedByPolicy(self.deployment, self.policy, self.reason, fields)


def denial(policies: Sequence[Policy], name: str, wanted: DeploymentConfig, facts: ModelFacts) -> Denial | None:
    """Why a deployment may not be; None: it may.

    Args:
        facts: the catalog's, of its model.
    """
    subject = _Subject(wanted, facts)
    for policy in policies:
        if policy.effect == "deny":
            findings = subject.denied_by(policy)
            if findings:
                return Denial(name, policy.name, findings, policy.message or "")
    return _unallowed([each for each in policies if each.effect == "allow"], name, subject)


def violations(policies: Sequence[Policy], deployments: Mapping[str, DeploymentConfig]) -> list[Denial]:
    """Those of the deployments that may not be, each with why."""
    if not policies:
        return []
    found = (denial(policies, name, wanted, catalog.find(wanted.model)) for name, wanted in deployments.items())
    return [each for each in found if each is not None]


def _unallowed(allowing: Sequence[Policy], name: str, subject: "_Subject") -> Denial | None:
    findings: list[Finding] = []
    for policy in allowing:
        reason = subject.unallowed_by(policy)
        if reason is None:
            return None
        if reason not in findings:
            findings.append(reason)
    if not findings:
        return None
    messages = [each.message for each in allowing if each.message]
    return Denial(name, ", ".join(each.name for each in allowing), tuple(findings), " ".join(messages))


class _Subject:
    """A deployment as rules see it."""

    def __init__(self, wanted: DeploymentConfig, facts: ModelFacts) -> None:
        self._wanted = wanted
        # Who writes a deployment could call a known model somebody else's.
        self._publisher = wanted.publisher or UNKNOWN if facts.publisher == UNKNOWN else facts.publisher

    def denied_by(self, policy: Policy) -> tuple[Finding, ...]:
        """What a deny rule minds; nothing where it does not deny."""
        selected = []
        for field, globs, values in self._selectors(policy):
            # A deployment must not get past a rule by another name for what it asks the upstream for.
            fitting = next((value for value in values if _fits(value, globs)), None)
            if fitting is None:
                return ()
            selected.append(Finding(field if fitting == values[0] else "upstream_model", fitting))
        if policy.max_capacity is None and policy.content_filter is None:
            return tuple(selected)
        return tuple(self._unmet(policy))

    def unallowed_by(self, policy: Policy) -> Finding | None:
        """What keeps an allow rule from allowing; None: it allows."""
        for field, globs, values in self._selectors(policy):
            if not _fits(values[0], globs):
                return Finding(field, values[0])
        return next(self._unmet(policy), None)

    def _selectors(self, policy: Policy) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        """Of each selector: the deployment's key, the patterns, and the deployment's own value before others."""
        wanted = self._wanted
        for field, globs, values in (
            ("publisher", policy.publishers, (self._publisher,)),
            ("model", policy.models, (wanted.model, wanted.upstream_name)),
            ("version", policy.versions, (wanted.version or "",)),
            ("sku", policy.skus, (wanted.sku or "",)),
        ):
            if globs is not None:
                yield field, globs, values

    def _unmet(self, policy: Policy) -> Iterator[Finding]:
        """The conditions that are not met."""
        if policy.max_capacity is not None:
            yield from self._too_much(policy.max_capacity)
        if policy.content_filter is not None and not self._wanted.filtered:
            yield Finding("content_filter", "")

    def _too_much(self, most: int) -> Iterator[Finding]:
        wanted = self._wanted
        # Without a capacity there is no limit, so that is too much of any.
        if wanted.capacity is None or wanted.capacity > most:
            yield Finding("capacity", "" if wanted.capacity is None else str(wanted.capacity))
        elif wanted.sku is not None and not wanted.sku.provisioned:
            # What is said beside a capacity counts instead of it.
            for field, said, allowed in (
                ("tpm", wanted.tpm, most * TOKENS_PER_UNIT),
                ("rpm", wanted.rpm, most * REQUESTS_PER_UNIT),
            ):
                if said is not None and said > allowed:
                    yield Finding(field, str(said))


def _fits(value: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(value.lower(), glob.lower()) for glob in globs)
