"""`zaffre serve`: start, say where, answer until told to stop."""

import argparse
import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

from msgspec import Struct, structs

from zaffre.app import Application
from zaffre.app.application import refuse
from zaffre.cli import options
from zaffre.cli.addresses import is_loopback
from zaffre.cli.banner import banner, trust_advice
from zaffre.cli.reload import Reloader
from zaffre.config.data import first_start_keys
from zaffre.config.load import Loaded, defaults, proxies
from zaffre.config.schema import Config, ServerConfig, Tls
from zaffre.net.asgi import asgi
from zaffre.net.client import Client
from zaffre.net.http import Limits
from zaffre.net.lane import lane
from zaffre.net.listen import Address, Listener
from zaffre.net.serve import run as serve
from zaffre.net.tls import DevAuthority, context_of_files, server_context


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("serve", help="serve deployments")
    options.add_config(command)
    command.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    command.add_argument("--port", type=_port, help="port to listen on, 0 for a free one (default: 8080)")
    options.add_data(command)
    command.add_argument("--dev-tls", action="store_true", help="serve https too, with a local certificate authority")
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    command.add_argument("--tls-port", type=_port, help="port for https (with --dev-tls: the port after the main one)")
    command.set_defaults(run=run)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


class Start(Struct):
    """What a start is made from."""

    config: Config
    server: ServerConfig
    data: Path
    generated_key: str | None
    path: Path
    loaded: Loaded | None
    """None: there is no file to read again."""


def run(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        options.say("--tls-cert and --tls-key go together")
        return options.MISTAKEN
    start = _start(chosen)
    if not start.config.keys and not is_loopback(start.server.host):
        options.say(f"refusing to listen on {start.server.host} without a key: add one under keys:")
        return options.MISTAKEN
    if not start.config.keys:
        options.say("warning: no keys are configured: whoever reaches this machine's loopback may call")
    try:
        _Run(start).serve()
    except (OSError, ssl.SSLError) as error:
        options.say(f"cannot start: {error}")
        return options.FAILED
    return 0


def _start(chosen: argparse.Namespace) -> Start:
    if chosen.config is not None:
        loaded = options.read(chosen.config)
        return Start(loaded.config, _overridden(loaded.config.server, chosen), chosen.data, None, chosen.config, loaded)
    stored = first_start_keys(chosen.data)
    for warning in stored.warnings:
        options.say(f"warning: {warning}")
    config = defaults(stored.keys)
    return Start(config, _overridden(config.server, chosen), chosen.data, stored.keys[0].reveal(), Path(), None)


def _overridden(server: ServerConfig, chosen: argparse.Namespace) -> ServerConfig:
    """The file's server section under the command line's options."""
    tls = server.tls or Tls()
    if chosen.dev_tls:
        tls = structs.replace(tls, dev=True)
    if chosen.tls_cert or chosen.tls_key:
        tls = structs.replace(tls, cert=chosen.tls_cert, key=chosen.tls_key, dev=False)
    if chosen.tls_port is not None:
        tls = structs.replace(tls, port=chosen.tls_port)
    host = chosen.host or server.host
    port = server.port if chosen.port is None else chosen.port
    return structs.replace(server, host=host, port=port, tls=tls if tls.dev or tls.cert or tls.key else None)


class _Run:
    """One run of the server: its listeners, its application, its reloads."""

    def __init__(self, start: Start) -> None:
        """
        Raises:
            OSError, ssl.SSLError: certificates cannot be read or made.
        """
        self._start = start
        self._authority: DevAuthority | None = None
        self._context: ssl.SSLContext | None = None
        self._listeners = self._where(start.server)
        through = proxies()
        by_scheme = {scheme: url.reveal() for scheme, url in through.by_scheme.items()}
        client = Client(proxies=by_scheme, no_proxy=through.no_proxy)
        self._application = Application(start.config, start.data, client)
        self._reloader = start.loaded and Reloader(start.path, start.loaded, self._apply)

    def serve(self) -> None:
        """Until SIGINT or SIGTERM, and then until what is in flight is answered."""
        handle = self._application.handle
        limits = Limits(body=self._start.server.max_body)
        serve(
            self._listeners,
            protocol=lane(handle, refuse=refuse, hand_over=_nobody_elses, limits=limits),
            app=asgi(handle, refuse=refuse, limits=limits),
            lifespan=self._lifespan,
            on_ready=self._ready,
            sighup=self._reloader.now if self._reloader else None,
            grace=self._start.server.drain,
        )

    def _where(self, server: ServerConfig) -> list[Listener]:
        tls = server.tls
        if tls is None:
            return [Listener(server.host, server.port)]
        if tls.dev:
            self._authority = DevAuthority(self._start.data / "tls")
            self._context = server_context()
            self._authority.certify(self._context, _names(self._start.config, server))
            secure = tls.port if tls.port is not None else server.port and server.port + 1
            return [Listener(server.host, server.port), Listener(server.host, secure, self._context)]
        self._context = context_of_files(tls.cert or Path(), tls.key or Path())
        if tls.port is None:
            return [Listener(server.host, server.port, self._context)]
        return [Listener(server.host, server.port), Listener(server.host, tls.port, self._context)]

    def _apply(self, config: Config) -> None:
        self._application.reload(config)
        if self._authority and self._context:
            self._authority.certify(self._context, _names(config, self._start.server))

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncGenerator[None, None]:
        self._application.start()
        watching = asyncio.create_task(self._reloader.watch()) if self._reloader else None
        try:
            yield
        finally:
            if watching:
                watching.cancel()
            await self._application.close()

    def _ready(self, addresses: list[Address]) -> None:
        self._application.accepting = True
        setting = self._application.setting
        print(banner(addresses[0].url, self._start.generated_key, setting.deployments, setting.default), flush=True)
        for address in addresses[1:]:
            trusted = f" ca: {self._authority.certificate}" if self._authority else ""
            print(f"{address.scheme}: {address.url}{trusted}", flush=True)
        if self._authority:
            print(trust_advice(self._authority.certificate), flush=True)


def _names(config: Config, server: ServerConfig) -> list[str]:
    """Host names that the development certificate is for."""
    below = [f"{name}.{domain}" for name in config.deployments for domain in server.domains]
    own = [host for deployment in config.deployments.values() for host in deployment.hosts]
    return [server.host, *below, *own]


def _nobody_elses(path: str) -> bool:
    """Which paths are another application's: none yet."""
    return False
