"""The limiters of one configuration's deployments, kept across reloads while the limit stays the same."""

from collections.abc import Callable

from msgspec import Struct

from zaffre.config.schema import DeploymentConfig
from zaffre.core.limits import Limiter, RateLimit
from zaffre.limits.process import InProcess
from zaffre.limits.rates import rate_limit


class _Kept(Struct, frozen=True):
    limit: RateLimit
    limiter: Limiter


class Limits:
    """Makes them."""

    def __init__(self, now: Callable[[], float]) -> None:
        """
        Args:
            now: seconds on a clock that is never set back.
        """
        self._now = now
        self._before: dict[str, _Kept] = {}
        self._kept: dict[str, _Kept] = {}

    def after(self) -> "Limits":
        """Those of the configuration that replaces this one."""
        limits = Limits(self._now)
        limits._before = self._kept
        return limits

    def limiter(self, name: str, wanted: DeploymentConfig) -> Limiter | None:
        """The limiter of a deployment, with all that it has counted so far; None for a deployment without a limit."""
        limit = rate_limit(wanted.sku, wanted.capacity, wanted.rpm, wanted.tpm)
        if limit is None:
            return None
        kept = self._before.get(name.lower())
        if kept is None or kept.limit != limit:
            kept = _Kept(limit, InProcess(name, limit, self._now))
        self._kept[name.lower()] = kept
        return kept.limiter
