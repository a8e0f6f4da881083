"""The server process: listeners, signals, and one graceful end for all of them. uvicorn holds the sockets."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any, cast

import uvicorn

from zaffre.net.server.asgi import AsgiApp, Lifespan
from zaffre.net.server.listen import Address, Bound, Listener, bind

try:
    import uvloop
except ImportError:  # there is none for this platform
    new_loop = asyncio.new_event_loop
else:
    new_loop = uvloop.new_event_loop

try:
    import resource
except ImportError:  # there is none for this platform
    resource = None  # type: ignore[assignment]

_FILES = 65_536
# For what a cancelled request still has to write down.
_LAST_WORDS = 5.0
_POLL = 0.01


def run(
    bound: Sequence[Bound],
    *,
    protocol: type[asyncio.Protocol],
    app: AsgiApp,
    lifespan: Lifespan = nullcontext,
    on_ready: Callable[[list[Address]], None] | None = None,
    sighup: Callable[[], None] | None = None,
    grace: float = 30.0,
) -> None:
    """Serve until SIGINT or SIGTERM, then return when what was in flight is answered: see `serve`."""
    _allow_many_files()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(
            serve(
                bound,
                protocol=protocol,
                app=app,
                lifespan=lifespan,
                on_ready=on_ready,
                sighup=sighup,
                grace=grace,
            )
        )


def bind_all(listeners: Sequence[Listener]) -> list[Bound]:
    """Take every port, or none. Raises PortTaken or another OSError."""
    bound: list[Bound] = []
    try:
        for listener in listeners:
            bound.append(bind(listener))  # noqa: PERF401 - the list must hold what is to be closed
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


async def serve(
    bound: Sequence[Bound],
    *,
    protocol: type[asyncio.Protocol],
    app: AsgiApp,
    lifespan: Lifespan = nullcontext,
    on_ready: Callable[[list[Address]], None] | None = None,
    sighup: Callable[[], None] | None = None,
    grace: float = 30.0,
) -> None:
    """Serve within `lifespan` until SIGINT or SIGTERM.

    `protocol` is the lane, `app` answers what it hands over. `on_ready` is told the addresses once they are served.
    The first signal lets requests in flight finish for up to `grace` seconds; a second one does not.
    """
    stop = asyncio.Event()
    hurry = asyncio.Event()
    with _signals(stop, hurry, sighup), _closing(bound):
        async with lifespan(), listening(bound, protocol=protocol, app=app, grace=grace, hurry=hurry) as addresses:
            if on_ready is not None:
                on_ready(addresses)
            await stop.wait()


@asynccontextmanager
async def listening(
    bound: Sequence[Bound],
    *,
    protocol: type[asyncio.Protocol],
    app: AsgiApp,
    grace: float = 30.0,
    hurry: asyncio.Event | None = None,
) -> AsyncGenerator[list[Address], None]:
    """Serve while the context lasts, in the running loop; leaving it waits for requests in flight.

    It waits up to `grace` seconds, or until `hurry` is set; what then still runs is cancelled.
    """
    pressed = hurry or asyncio.Event()
    addresses = [each.address for each in bound]
    servers = [_Server(each, protocol, app, grace) for each in bound]
    started: list[_Server] = []
    try:
        for server in servers:
            await server.start()
            started.append(server)
        yield addresses
    finally:
        await asyncio.gather(*(server.stop(pressed) for server in started))


def _allow_many_files() -> None:
    """Let this process open as many files as it may: two for each call are soon more than the usual 1,024."""
    if resource is None:
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if resource.RLIM_INFINITY != now < wanted:
        # Some systems allow less than they say.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def _closing(bound: Sequence[Bound]) -> Iterator[None]:
    try:
        yield
    finally:
        for each in bound:
            each.close()


class _Server:
    """One listener under uvicorn, without the signal handlers and the half second of its own `serve`."""

    def __init__(self, bound: Bound, protocol: type[asyncio.Protocol], app: AsgiApp, grace: float) -> None:
        self._sockets = bound.sockets
        self._grace = grace
        config = uvicorn.Config(
            cast(Any, app),
            http=protocol,
            interface="asgi3",
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=[("server", "zaffre")],
        )
        config.load()
        config.ssl = bound.listener.tls
        config.uds = bound.listener.path or None
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.lifespan = config.lifespan_class(config)

    async def start(self) -> None:
        await self._uvicorn.startup(sockets=self._sockets or None)
        self._clock = asyncio.create_task(self._uvicorn.main_loop())

    async def stop(self, hurry: asyncio.Event) -> None:
        """Take no more connections, let the present ones finish, then cut those that remain."""
        self._clock.cancel()
        for server in self._uvicorn.servers:
            server.close()
        state = self._uvicorn.server_state
        for connection in list(state.connections):
            connection.shutdown()
        await self._idle(hurry)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in state.tasks:
            if not task.cancelling():
                task.cancel()
        await asyncio.wait({self._clock, *state.tasks}, timeout=_LAST_WORDS)

    async def _idle(self, hurry: asyncio.Event) -> None:
        """Until nothing is in flight, or nobody waits for it any more."""
        state = self._uvicorn.server_state
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._grace
        # uvicorn's own connections tell nobody when they end.
        while (state.connections or state.tasks) and not hurry.is_set() and clock() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL)


@contextmanager
def _signals(stop: asyncio.Event, hurry: asyncio.Event, sighup: Callable[[], None] | None) -> Iterator[None]:
    """Hear SIGINT and SIGTERM, and SIGHUP where somebody asks; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask() -> None:
        (hurry if stop.is_set() else stop).set()

    heard: dict[int, Callable[[], None]] = {signal.SIGINT: ask, signal.SIGTERM: ask}
    if sighup is not None:
        heard[signal.SIGHUP] = sighup
    loop = asyncio.get_running_loop()
    for number, act in heard.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
