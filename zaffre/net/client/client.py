"""The pooled HTTP/1.1 client that every request to an upstream goes through."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from weakref import WeakSet

from zaffre.net.client.connection import Stock, Timeouts
from zaffre.net.client.dial import Route
from zaffre.net.client.origin import Origin, parse_origin
from zaffre.net.client.pool import MOST_CONNECTIONS, MOST_WAITING, Pool
from zaffre.net.client.proxy import proxy_for

PATIENT = Timeouts()
_CLOSING: Final = 3
"""Turns of the loop that a transport takes to close its file."""


class Client:
    """What all pools share: TLS, proxies and the clock. One per process and event loop.

    `tls`: verifies https upstreams; by default against the system's authorities. `proxies`: proxy URLs by scheme
    (`http`, `https`, or `all`); `no_proxy`: a NO_PROXY list. `sweep_interval`: seconds between two looks at the
    deadlines.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        proxies: Mapping[str, str] | None = None,
        no_proxy: str = "",
        sweep_interval: float = 0.5,
    ) -> None:
        self._tls = tls
        self._proxies = proxies or {}
        self._no_proxy = no_proxy
        self._sweep_interval = sweep_interval
        self._sweep_timer: asyncio.TimerHandle | None = None
        # A stock lives as long as its pool or a connection does: a configuration that was replaced leaves none behind.
        self._stocks: WeakSet[Stock] = WeakSet()

    def pool(
        self, base_url: str, *, limit: int = MOST_CONNECTIONS, queue: int = MOST_WAITING, timeouts: Timeouts = PATIENT
    ) -> Pool:
        """Connections of their own to `http[s]://host[:port][/path]`. Raises ValueError for any other URL."""
        origin = parse_origin(base_url)
        tls = self._context() if origin.scheme == "https" else None
        route = Route(origin, tls, proxy_for(origin, self._proxies, self._no_proxy))
        return self._pool(route, Stock(origin.address, timeouts), limit, queue)

    def unix_pool(self, path: Path, *, limit: int = MOST_CONNECTIONS, timeouts: Timeouts = PATIENT) -> Pool:
        """Connections to a Unix socket; nobody waits for one."""
        route = Route(Origin("http", "localhost", 80), None, None, str(path))
        return self._pool(route, Stock(path.name, timeouts), limit, 0)

    def _pool(self, route: Route, stock: Stock, limit: int, queue: int) -> Pool:
        self._stocks.add(stock)
        return Pool(route, stock, limit, queue, self._start_sweep, self._make_room)

    async def close(self) -> None:
        """Break what is in flight and close every connection."""
        stocks = list(self._stocks)
        for stock in stocks:
            stock.close()
        for stock in stocks:
            await stock.wait_closed()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None

    async def _make_room(self) -> None:
        """Close every connection without work: the process may open no more files."""
        for stock in list(self._stocks):
            stock.close_idle()
        for _ in range(_CLOSING):
            await asyncio.sleep(0)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls

    def _start_sweep(self) -> None:
        if self._sweep_timer is None:
            self._sweep_timer = asyncio.get_running_loop().call_later(self._sweep_interval, self._sweep)

    def _sweep(self) -> None:
        """One timer for every deadline of every request; none while there are no connections."""
        now = asyncio.get_running_loop().time()
        self._sweep_timer = None
        for stock in list(self._stocks):
            stock.sweep(now)
            if stock.open:
                self._start_sweep()
