"""The limiters of one configuration's deployments and keys, kept across reloads while the limit stays the same."""

from collections.abc import Callable

from msgspec import Struct

from zaffre.app import extras
from zaffre.config.named_key import KeyConfig
from zaffre.config.schema import Config, DeploymentConfig, LimitsConfig
from zaffre.core.limits import Limiter, RateLimit
from zaffre.limits.board import Board
from zaffre.limits.mapped import Mapped
from zaffre.limits.process import InProcess
from zaffre.limits.rates import rate_limit
from zaffre.limits.shared import Shared
from zaffre.limits.sharing import Sharing


class _Kept(Struct, frozen=True):
    limit: RateLimit
    limiter: Limiter


class Limits:
    """Makes them: each for itself, in memory that processes share, or all on the same way to Redis."""

    def __init__(
        self,
        config: Config,
        now: Callable[[], float],
        before: "Limits | None" = None,
        board: Board | None = None,
        told: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """
        Args:
            now: seconds on a clock that is never set back, for those that this process keeps by itself.
            told: is told whether Redis is there.
            before: those of the configuration that this one replaces.
            board: where this process and others of this machine keep them together; None: it keeps them by itself.

        Raises:
            Unavailable: the extra `redis` is needed.
        """
        self._now = now
        self._board = board
        self._shared = config.shared_limits
        kept = before if before and before._shared == self._shared else None
        self._sharing: Sharing | None = kept._sharing if kept else _sharing(self._shared, told)
        self._before = kept._kept if kept else {}
        self._kept: dict[str, _Kept] = {}

    def limiter(self, name: str, wanted: DeploymentConfig) -> Limiter | None:
        """The limiter of a deployment, with all that it has counted so far; None for a deployment without a limit."""
        return self._limiter(name, rate_limit(wanted.sku, wanted.capacity, wanted.rpm, wanted.tpm))

    def of_key(self, name: str, wanted: KeyConfig) -> Limiter | None:
        """The same of a named key."""
        # No deployment's name has a colon.
        return self._limiter(f"key:{name}", rate_limit(None, None, wanted.rpm, wanted.tpm))

    def _limiter(self, name: str, limit: RateLimit | None) -> Limiter | None:
        if limit is None:
            return None
        kept = self._before.get(name.lower())
        if kept is None or kept.limit != limit:
            kept = _Kept(limit, self._made(name, limit))
        self._kept[name.lower()] = kept
        return kept.limiter

    def _made(self, name: str, limit: RateLimit) -> Limiter:
        if self._shared is None or self._sharing is None:
            if self._board is not None:
                return Mapped(name, limit, self._board, self._now)
            return InProcess(name, limit, self._now)
        return Shared(name, limit, self._sharing, self._shared.prefix)

    def start(self) -> None:
        """See whether Redis is there, in the background."""
        if self._sharing is not None:
            self._sharing.start()

    async def retire(self, after: "Limits") -> None:
        """Let go of what the configuration after this one does not use."""
        if after._sharing is not self._sharing:
            await self.close()

    async def close(self) -> None:
        """Say the last words to Redis."""
        if self._sharing is not None:
            await self._sharing.close()


def _sharing(shared: LimitsConfig | None, told: Callable[[bool], None]) -> Sharing | None:
    return None if shared is None else Sharing(extras.redis().Link(shared.redis.reveal()), shared.fail, told=told)
