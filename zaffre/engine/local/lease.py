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


class Leased:
    """What the backends of local models have in common."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    @property
    def unsupported(self) -> frozenset[str]:
        """API parameters that the model cannot do. Whether a chat model's template has tools is not known while its
        file is not here yet; a call that asks for too much is refused all the same."""
        return self._lease.unable

    @property
    def context(self) -> int | None:
        """Tokens of one call (prompt and answer together) or of one text to embed; None while the model's file is not
        here."""
        return self._lease.context

    def start(self) -> None:
        """Begin to load the model, in the background."""
        self._lease.start()

    async def close(self) -> None:
        """Stop its calls and free the model, unless another deployment uses it too."""
        await self._lease.close()
