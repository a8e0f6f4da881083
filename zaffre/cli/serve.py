"""`zaffre serve`: start, say where, answer until told to stop."""

import argparse
import asyncio
import gc
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from zaffre.app import Application, extras
from zaffre.app.application import refuse
from zaffre.app.database import database
from zaffre.app.loading import client
from zaffre.app.local_filter import LocalFilter
from zaffre.app.peers import Peers
from zaffre.app.services import prepare
from zaffre.cli import options, server_options
from zaffre.cli.addresses import from_here, is_wildcard
from zaffre.cli.banner import banner, everywhere, identity_advice, secure, trust_advice
from zaffre.cli.certificates import Certificates
from zaffre.cli.memory import keep_what_is_freed
from zaffre.cli.reload import Reloader
from zaffre.cli.server_options import guard
from zaffre.cli.supervisor import Supervisor
from zaffre.config.data import KeyFile
from zaffre.config.filters import DEFAULT_FILTER
from zaffre.config.load import Loaded
from zaffre.config.schema import Config, ServerConfig
from zaffre.net.client import Client
from zaffre.net.http import Handler, Limits
from zaffre.net.server.asgi import Lifespan, asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Address, Bound
from zaffre.net.server.serve import bind_all
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
    start = start_of(chosen)
    guard(start.config, start.server.host, dev_identity=start.dev_identity)
    if chosen.workers > 1:
        return _serve_together(start, chosen)
    Run(start).serve()
    return 0


def _serve_together(start: Start, chosen: argparse.Namespace) -> int:
    """Make once what all processes need, then start them."""
    tls, host = start.server.tls, start.server.host
    certificates = Certificates(tls, host, start.data) if tls else None
    if certificates:
        certificates.renew(start.config)
    if start.dev_identity:
        extras.identity().local_identity(start.data)
    context = certificates.context if certificates else None
    bound = bind_all(server_options.listeners(start.server, context))
    asyncio.run(prepare(database(start.config, start.data)))
    reloads = start.loaded is not None
    return Supervisor(chosen.arguments, chosen.workers, bound, start.server.drain, reloads=reloads).run()


def start_of(chosen: argparse.Namespace, *, warns: bool = True) -> Start:
    """What the options and the file that they name come to.

    Args:
        warns: False where another process has said the warnings.

    Raises:
        ConfigError, Mistaken
    """
    if chosen.config is not None:
        loaded = options.read(chosen.config, warns=warns)
        server = server_options.over(loaded.config.server, chosen)
        return Start(loaded.config, server, chosen.data, None, loaded, chosen.config, chosen.dev_identity)
    config = options.without_file(chosen.data)
    server = server_options.over(config.server, chosen)
    return Start(config, server, chosen.data, config.keys[0].reveal(), dev_identity=chosen.dev_identity)


class Run:
    """One run of the server: its listeners, its application, its reloads."""

    def __init__(self, start: Start, peers: Callable[[Client], Peers] | None = None) -> None:
        """
        Args:
            peers: the other processes of the server, given what carries requests; None: this is the only one.

        Raises:
            Mistaken, CertificateError, LocalIdentityError, Unavailable, OSError
        """
        self._start = start
        tls = start.server.tls
        self._certificates = Certificates(tls, start.server.host, start.data) if tls else None
        if self._certificates:
            self._certificates.renew(start.config)
        context = self._certificates.context if self._certificates else None
        self.listeners = server_options.listeners(start.server, context)
        self._identity = extras.identity().local_identity(start.data) if start.dev_identity else None
        key_file = None if start.loaded else KeyFile(start.data)
        outline = start.loaded.outline if start.loaded else None
        carrier = client()
        self.application = Application(
            start.config,
            start.data,
            carrier,
            local_identity=self._identity,
            outline=outline,
            key_file=key_file,
            classifier=LocalFilter(),
            default_filter=DEFAULT_FILTER,
            peers=peers(carrier) if peers else None,
        )
        beside = self._certificates.files if self._certificates else []
        self.reloader = Reloader(start.path, start.loaded, self._apply, beside) if start.loaded else None

    def serve(self) -> None:
        """Until SIGINT or SIGTERM, and then until what is in flight is answered.

        Raises:
            PortTaken or another OSError
        """
        bound = bind_all(self.listeners)
        sighup = self.reloader.ask if self.reloader else _nothing_to_reload
        self.serve_on(bound, self.application.handle, self.lifespan, self._ready, sighup)

    def serve_on(
        self,
        bound: Sequence[Bound],
        handle: Handler,
        lifespan: Lifespan,
        on_ready: Callable[[list[Address]], None],
        sighup: Callable[[], None] | None = None,
    ) -> None:
        """The same, on these listeners."""
        keep_what_is_freed()
        limits = Limits(body=self._start.server.max_body)
        serve(
            bound,
            protocol=lane(handle, refuse=refuse, limits=limits),
            app=asgi(handle, refuse=refuse, limits=limits),
            lifespan=lifespan,
            on_ready=on_ready,
            sighup=sighup,
            grace=self._start.server.drain,
        )

    async def _apply(self, loaded: Loaded) -> None:
        config = loaded.config
        guard(config, self._start.server.host, dev_identity=self._start.dev_identity)
        await self.application.prepare(config)
        if self._certificates:
            self._certificates.renew(config)
        self.application.reload(config, loaded.outline)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None, None]:
        """While the application lives, and its file is watched."""
        watching = None
        try:
            self.application.start()
            await self.application.resume()
            watching = asyncio.create_task(self.reloader.watch()) if self.reloader else None
            yield
        finally:
            if watching:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
            await self.application.close()

    def _ready(self, addresses: list[Address]) -> None:
        print(self.ready(addresses), flush=True)

    def ready(self, addresses: list[Address]) -> str:
        """It serves, and clients find it there: what to tell whoever started it."""
        found = list(map(from_here, addresses))
        if self._identity:
            self._identity.address = found[-1].url
        # What is there by now stays: no collection needs to look at it again.
        gc.collect()
        gc.freeze()
        self.application.accepting = True
        return self._announcement(found)

    def _announcement(self, addresses: list[Address]) -> str:
        setting = self.application.setting
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
    """What SIGHUP does where there is no file."""
    options.say("SIGHUP: there is no configuration file to read again")
