"""Every local model of this process."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from zaffre.engine.local.chat import LocalChat
from zaffre.engine.local.embedder import LocalEmbedder
from zaffre.engine.local.engine import QUEUE, Engine
from zaffre.engine.local.lease import Lease
from zaffre.engine.local.loading import PATIENCE, Loading
from zaffre.engine.local.shape import Options, parallel
from zaffre.engine.weights.prepare import Wanted
from zaffre.engine.weights.progress import Progress


class LocalModel(Struct, frozen=True):
    """Which model a deployment runs, and how. Deployments with equal ones share it."""

    wanted: Wanted
    options: Options = Options()
    queue: int = QUEUE
    """Calls that may wait for their turn."""


class _Shared(Struct):
    engine: Engine
    users: int = 0


class LocalModels:
    """Makes the backends of local deployments, and loads a model once however many use it."""

    def __init__(self, folder: Path, stream: TextIO | None = None, patience: float = PATIENCE) -> None:
        """
        Args:
            folder: where weights are kept.
            stream: told how far downloads and loads are; None: stderr.
            patience: seconds that a call waits for a model that is still loading.
        """
        self._folder = folder
        self._stream = stream or sys.stderr
        self._patience = patience
        self._shared: dict[LocalModel, _Shared] = {}

    def backend(self, deployment: str, model: LocalModel) -> LocalChat | LocalEmbedder:
        """The backend of a deployment. Nothing is loaded before its `start`, or its first call.

        Args:
            deployment: its name, for errors and log lines.
            model: what it runs; `options.embeds` tells which of the two backends it gets.
        """
        shared = self._shared.get(model)
        if shared is None or shared.engine.loading.failed:
            shared = self._shared[model] = _Shared(self._engine(deployment, model))
        shared.users += 1
        lease = Lease(deployment, shared.engine, self._releasing(model, shared))
        return LocalEmbedder(lease) if model.options.embeds else LocalChat(lease)

    def _engine(self, deployment: str, model: LocalModel) -> Engine:
        progress = Progress(self._stream)
        loading = Loading(deployment, model.wanted, model.options, self._folder, progress, self._patience)
        return Engine(loading, parallel(model.options), model.queue)

    def _releasing(self, model: LocalModel, shared: _Shared) -> Callable[[], Awaitable[None]]:
        async def release() -> None:
            shared.users -= 1
            if shared.users:
                return
            if self._shared.get(model) is shared:
                del self._shared[model]
            await shared.engine.close()

        return release
