"""`zaffre serve`: start, say where, answer until told to stop."""

import argparse
import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from zaffre.app import Application
from zaffre.app.application import refuse
from zaffre.app.loading import client
from zaffre.auth.local_identity import LocalIdentity
from zaffre.cli import options, server_options
from zaffre.cli.addresses import from_here, is_wildcard
from zaffre.cli.banner import banner, everywhere, identity_advice, secure, trust_advice
from zaffre.cli.certificates import Certificates
from zaffre.cli.reload import Reloader
from zaffre.cli.server_options import guard
from zaffre.config.data import KeyFile
from zaffre.config.load import Loaded, defaults
from zaffre.config.schema import Config, ServerConfig
from zaffre.net.http import Limits
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Address
from zaffre.net.server.serve import run as serve


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("serve", help="serve deployments")
    options.add_config(command)
    options.add_data(command)
    server_options.add_to(command)
    command.set_defaults(run=run)


class Start(Struct):
    """What a start is made from."""

    config: Config
    server: ServerConfig
    """The configuration's, under the command line's options."""
    data: Path
    generated_key: str | None = None
    loaded: Loaded | None = None
    """None: there is no file to read again."""
    path: Path = Path()
    """Of that file."""
    dev_identity: bool = False


def run(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Mistaken, CertificateError, LocalIdentityError, Unavailable, OSError
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    start = _start(chosen)
    start.dev_identity = chosen.dev_identity
    guard(start.config, start.server.host, dev_identity=start.dev_identity)
    _Run(start).serve()
    return 0


def _start(chosen: argparse.Namespace) -> Start:
    if chosen.config is not None:
        loaded = options.read(chosen.config)
        server = server_options.over(loaded.config.server, chosen)
        return Start(loaded.config, server, chosen.data, None, loaded, chosen.config)
    keys = options.generated_keys(chosen.data)
    config = defaults(keys)
    return Start(config, server_options.over(config.server, chosen), chosen.data, keys[0].reveal())


class _Run:
    """One run of the server: its listeners, its application, its reloads."""

    def __init__(self, start: Start) -> None:
        """
        Raises:
            Mistaken, CertificateError, LocalIdentityError, Unavailable, OSError
        """
        self._start = start
        tls = start.server.tls
        self._certificates = Certificates(tls, start.server.host, start.data) if tls else None
        if self._certificates:
            self._certificates.renew(start.config)
        context = self._certificates.context if self._certificates else None
        self._listeners = server_options.listeners(start.server, context)
        self._identity = LocalIdentity(start.data) if start.dev_identity else None
        key_file = None if start.loaded else KeyFile(start.data)
        outline = start.loaded.outline if start.loaded else None
        self._application = Application(
            start.config, start.data, client(), local_identity=self._identity, outline=outline, key_file=key_file
        )
        beside = self._certificates.files if self._certificates else []
        self._reloader = start.loaded and Reloader(start.path, start.loaded, self._apply, beside)

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
            sighup=self._reloader.ask if self._reloader else _nothing_to_reload,
            grace=self._start.server.drain,
        )

    def _apply(self, loaded: Loaded) -> None:
        config = loaded.config
        guard(config, self._start.server.host, dev_identity=self._start.dev_identity)
        if self._certificates:
            self._certificates.renew(config)
        self._application.reload(config, loaded.outline)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncGenerator[None, None]:
        watching = None
        try:
            self._application.start()
            await self._application.resume()
            watching = asyncio.create_task(self._reloader.watch()) if self._reloader else None
            yield
        finally:
            if watching:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
            await self._application.close()

    def _ready(self, addresses: list[Address]) -> None:
        found = list(map(from_here, addresses))
        if self._identity:
            self._identity.address = found[-1].url
        self._application.accepting = True
        print(self._announcement(found), flush=True)

    def _announcement(self, addresses: list[Address]) -> str:
        setting = self._application.setting
        text = banner(addresses[0].url, self._start.generated_key, setting.deployments, setting.default)
        host = self._start.server.host
        notes = [everywhere(host)] if is_wildcard(host) else []
        authority = self._certificates.authority if self._certificates else None
        certificate = authority.certificate if authority else None
        notes += [secure(address.url, certificate) for address in addresses[1:]]
        if certificate:
            notes.append(trust_advice(certificate))
        if self._identity:
            notes.append(identity_advice(self._identity, addresses[0].url))
        return text + ("\n" if notes else "") + "".join(notes)


def _nothing_to_reload() -> None:
    options.say("SIGHUP: there is no configuration file to read again")


def _nobody_elses(path: str) -> bool:
    """Which paths are another application's: none yet."""
    return False
