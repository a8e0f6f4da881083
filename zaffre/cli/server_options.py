"""Where and how `zaffre serve` listens: the command line's options over the configuration's `server` section."""

import argparse
from pathlib import Path
from ssl import SSLContext

from msgspec import structs

from zaffre.cli.addresses import is_loopback
from zaffre.cli.options import Mistaken, say
from zaffre.config.schema import Config, ServerConfig, Tls
from zaffre.net.server.listen import Listener

LAST_PORT = 65535
MOST_WORKERS = 256


def add_to(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    command.add_argument("--port", type=_port, metavar="PORT", help="port, 0 for a free one (default: 8080)")
    command.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        default=1,
        help="processes that answer, with one more for local models where N is above 1 (default: 1)",
    )
    command.add_argument("--dev-tls", action="store_true", help="serve https too, with a local certificate authority")
    command.add_argument("--tls-cert", type=_file, metavar="FILE", help="serve https with this certificate chain, PEM")
    command.add_argument("--tls-key", type=_file, metavar="FILE", help="its private key, PEM")
    command.add_argument(
        "--tls-port",
        type=_port,
        metavar="PORT",
        help="port of https, beside http (default: with --dev-tls the port after the main one, else the main one)",
    )

    command.add_argument(
        "--dev-identity",
        action="store_true",
        help="be a token authority, too, for programs on this machine that ask Entra ID for tokens",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {LAST_PORT}, not {text!r}")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"workers are a number from 1 to {MOST_WORKERS}, not {text!r}")
    return int(text)


def _file(text: str) -> Path:
    return Path(text).absolute()


def over(server: ServerConfig, chosen: argparse.Namespace) -> ServerConfig:
    """The section under the options.

    Raises:
        Mistaken: the options contradict each other.
    """
    host = chosen.host or server.host
    port = server.port if chosen.port is None else chosen.port
    return structs.replace(server, host=host, port=port, tls=_tls(server.tls, chosen))


def _tls(configured: Tls | None, chosen: argparse.Namespace) -> Tls | None:
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        raise Mistaken("--tls-cert and --tls-key go together")
    if chosen.dev_tls and chosen.tls_cert:
        raise Mistaken("either --dev-tls or a certificate of your own (--tls-cert, --tls-key)")
    tls = configured
    if chosen.dev_tls:
        tls = Tls(dev=True, port=configured.port if configured else None)
    elif chosen.tls_cert:
        tls = Tls(chosen.tls_cert, chosen.tls_key, port=configured.port if configured else None)
    if chosen.tls_port is None:
        return tls
    if tls is None:
        raise Mistaken("--tls-port needs --dev-tls, or --tls-cert and --tls-key")
    return structs.replace(tls, port=chosen.tls_port)


def listeners(server: ServerConfig, context: SSLContext | None) -> list[Listener]:
    """The main listener first, https beside it where both are wanted.

    Args:
        context: of https; None where the section has no `tls`.

    Raises:
        Mistaken: the ports cannot be had together.
    """
    tls = server.tls
    if tls is None:
        return [Listener(server.host, server.port)]
    port = tls.port
    if tls.dev and port is None:
        port = server.port and server.port + 1
    if port is None:
        return [Listener(server.host, server.port, context)]
    if port > LAST_PORT or (port == server.port and port):
        raise Mistaken(f"http has port {server.port}; name another one for https with --tls-port")
    return [Listener(server.host, server.port), Listener(server.host, port, context)]


def guard(config: Config, host: str, *, dev_identity: bool = False) -> None:
    """Let nobody beyond this machine in without a key or a token, and nobody on it without a warning.

    Args:
        dev_identity: tokens are given out here, to whoever is on this machine and has the secret.

    Raises:
        Mistaken: the first is what would happen.
        OSError: there is no such host.
    """
    here_only = is_loopback(host)
    if dev_identity and not here_only:
        raise Mistaken(f"refusing to give out tokens on {host}: --dev-identity is for the loopback interface")
    if config.keys or config.identity or dev_identity:
        return
    if not here_only:
        raise Mistaken(f"refusing to listen on {host} without a key; name one under `keys`")
    say("warning: no keys are configured: whoever reaches this machine's loopback may call")
