"""A model on its way into memory: fetched, checked and loaded in a thread of its own, while the server serves."""

import asyncio
import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from zaffre.core.errors import Overloaded, UpstreamMisconfigured
from zaffre.engine.local.llama import Llama, Shape
from zaffre.engine.local.shape import Options, shape
from zaffre.engine.weights.errors import Stopped, WeightsError
from zaffre.engine.weights.header import Header, read_header
from zaffre.engine.weights.prepare import Wanted, prepare, prepared
from zaffre.engine.weights.progress import Progress

PATIENCE: Final = 60.0
"""Seconds that a call waits for its model."""
_COME_BACK: Final = 10
_READ_BLOCK: Final = 1 << 22
_WARM_CHAT: Final = msgspec.json.encode({"prompt": "a", "max_tokens": 1, "stream": True})
_WARM_EMBEDDING: Final = msgspec.json.encode({"input": ["a"]})

_log = logging.getLogger(__name__)


class Loading:
    """The load of one model, and whoever waits for it."""

    def __init__(
        self,
        title: str,
        wanted: Wanted,
        options: Options,
        folder: Path,
        progress: Progress,
        patience: float = PATIENCE,
    ) -> None:
        """
        Args:
            title: what log lines call the model.
            wanted: its weights.
            options: how it is to be run.
            folder: where weights are kept.
            progress: told how far it is; its `stop` ends the load.
            patience: seconds that `ready` waits.
        """
        self.title = title
        self.wanted = wanted
        self.options = options
        self._folder = folder
        self._progress = progress
        self._patience = patience
        self._outcome: Future[Llama] = Future()
        self._outcome.set_running_or_notify_cancel()
        self._thread: threading.Thread | None = None
        self.header = self._early_header()
        """What the model's file says; None while it is not here."""

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"load {self.title}", daemon=True)
            self._thread.start()

    @property
    def failed(self) -> bool:
        """It has ended without a model."""
        return self._outcome.done() and self._outcome.exception() is not None

    async def ready(self, deployment: str) -> Llama:
        """The loaded model.

        Args:
            deployment: whose call waits; named in errors.

        Raises:
            Overloaded: it is still loading, or the server stops.
            UpstreamMisconfigured: it could not be loaded.
        """
        self.start()
        try:
            if self._outcome.done():
                return self._outcome.result()
            waiting = asyncio.shield(asyncio.wrap_future(self._outcome))
            return await asyncio.wait_for(waiting, self._patience)
        except TimeoutError:
            message = f"The model of deployment {deployment!r} is still loading."
            raise Overloaded(message, retry_after=_COME_BACK) from None
        except Stopped:
            raise Overloaded("The server is stopping.") from None
        except WeightsError:
            where = self.wanted.source.label
            message = f"The model of deployment {deployment!r} could not be loaded from {where}; the log says why."
            raise UpstreamMisconfigured(message, code="model_load_failed") from None

    async def close(self) -> Llama | None:
        """Stop waiting for it, and say what was loaded, if anything."""
        self._progress.stop()
        if self._thread is None:
            return None
        await asyncio.to_thread(self._thread.join)
        return None if self._outcome.exception() else self._outcome.result()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._load())
        except Stopped as stopped:
            self._outcome.set_exception(stopped)
        except WeightsError as problem:
            _log.error(
                "deployment %s: the model cannot be loaded from %s: %s", self.title, self.wanted.source.label, problem
            )
            self._outcome.set_exception(problem)
        except Exception as problem:
            _log.exception("deployment %s: the model cannot be loaded from %s", self.title, self.wanted.source.label)
            self._outcome.set_exception(WeightsError(str(problem)))

    def _early_header(self) -> Header | None:
        try:
            path = prepared(self.wanted, self._folder, self._progress)
            return read_header(path) if path else None
        except (WeightsError, OSError):
            # The load meets it again, and says so.
            return None

    def _load(self) -> Llama:
        path = prepare(self.wanted, self._folder, self._progress)
        began = time.monotonic()
        self.header = read_header(path)
        form = shape(self.options, self.header)
        self._read_through(path)
        llama = Llama(path, form)
        # A daemon that is inside llama.cpp when Python ends takes the process down with it; a pool's thread is
        # waited for.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_warm_up, llama, form).result()
        self._progress.say(f"{self.title} is ready ({path.name}, {time.monotonic() - began:.1f} s)")
        return llama

    def _read_through(self, path: Path) -> None:
        """Bring the file into the system's cache: Python stands still while llama.cpp loads it, so that has to be
        quick."""
        with path.open("rb") as file:
            while file.read(_READ_BLOCK):
                self._progress.check()


def _warm_up(llama: Llama, form: Shape) -> None:
    """The first pass over the weights is slow; nobody's call should pay for it."""
    if form.embeds:
        llama.embed(_WARM_EMBEDDING)
    else:
        llama.run("complete", _WARM_CHAT, lambda _: None)
