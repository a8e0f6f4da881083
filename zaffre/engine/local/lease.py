"""A deployment's hold on an engine, which other deployments may share."""

from collections.abc import Awaitable, Callable

from zaffre.engine.local.engine import Engine
from zaffre.engine.local.llama import Llama
from zaffre.engine.local.shape import context, unable


class Lease:
    """What one deployment sees of its engine."""

    def __init__(self, deployment: str, engine: Engine, release: Callable[[], Awaitable[None]]) -> None:
        """
        Args:
            deployment: its name, for errors.
            engine: the model at work.
            release: told when this deployment needs it no more.
        """
        self.engine = engine
        self._deployment = deployment
        self._release = release
        self._closed = False

    @property
    def unable(self) -> frozenset[str]:
        """API parameters that the model cannot do, as far as is known."""
        return unable(self.engine.loading.options, self.engine.loading.header)

    @property
    def context(self) -> int | None:
        """Tokens of one call; None while the model's file is not here."""
        header = self.engine.loading.header
        return context(self.engine.loading.options, header) if header else None

    def start(self) -> None:
        """Begin to load, unless that has begun."""
        self.engine.loading.start()

    async def ready(self) -> Llama:
        """The loaded model. Raises Overloaded, UpstreamMisconfigured."""
        return await self.engine.loading.ready(self._deployment)

    async def close(self) -> None:
        """Let the engine go. Once is enough, more does no harm."""
        if not self._closed:
            self._closed = True
            await self._release()
