"""`zaffre chat [DEPLOYMENT]`: talk to a deployment from the terminal."""

import argparse
import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import msgspec

from zaffre.app import Application
from zaffre.app.loading import client
from zaffre.app.local_filter import LocalFilter
from zaffre.app.setting import default_deployment
from zaffre.cli import options
from zaffre.cli.addresses import from_here
from zaffre.cli.conversation import Carrier, Conversation, InProcess, OverHttp, Unanswered
from zaffre.config.filters import DEFAULT_FILTER
from zaffre.config.schema import Config, ServerConfig
from zaffre.net.client import Client
from zaffre.net.failures import UpstreamFailure
from zaffre.net.server.listen import Address

PROMPT = "> "


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("chat", help="talk to a deployment from the terminal")
    command.add_argument("deployment", nargs="?", metavar="DEPLOYMENT", help="default: the default deployment")
    options.add_config(command)
    options.add_data(command)
    command.add_argument("--endpoint", metavar="URL", help="a running server (default: http://127.0.0.1:8080)")
    command.add_argument("--key", help="its key (default: the configuration's first)")
    command.add_argument("--ca", type=Path, metavar="FILE", help="authority to trust for https, PEM")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Mistaken, OSError
    """
    config = options.config_of(chosen.config, chosen.data)
    name = chosen.deployment or default_deployment(config)
    if name is None:
        raise options.Mistaken("no chat deployment is configured; name one")
    key = chosen.key or next((key.reveal() for key in config.keys), None)
    try:
        with asyncio.Runner() as runner:
            return _talk(runner, chosen, config, name, key)
    except (UpstreamFailure, ValueError) as error:
        options.say(f"zaffre: {error}")
        return options.FAILED


def _talk(runner: asyncio.Runner, chosen: argparse.Namespace, config: Config, name: str, key: str | None) -> int:
    """Read and answer, line by line. The loop stands still while a line is awaited, so that Ctrl-C ends that."""
    stack = AsyncExitStack()
    try:
        carrier = runner.run(stack.enter_async_context(_carrier(chosen, config)))
        conversation = Conversation(carrier, name, key)
        answered = True
        while (text := _read()) is not None:
            if text.strip():
                answered = runner.run(_answer(conversation, text))
        return 0 if answered else options.FAILED
    finally:
        runner.run(stack.aclose())


@asynccontextmanager
async def _carrier(chosen: argparse.Namespace, config: Config) -> AsyncGenerator[Carrier, None]:
    """A running server where there is one, else the configuration's deployments in this process."""
    endpoint = chosen.endpoint or _usual_endpoint(config.server)
    server = Client(tls=ssl.create_default_context(cafile=chosen.ca) if chosen.ca else None)
    async with _closing(server):
        if chosen.endpoint or await _is_up(server, endpoint):
            yield OverHttp(server, endpoint)
            return
    application = Application(config, chosen.data, client(), classifier=LocalFilter(), default_filter=DEFAULT_FILTER)
    async with _closing(application):
        await application.read_stored()
        yield InProcess(application.handle)


@asynccontextmanager
async def _closing(opened: Client | Application) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await opened.close()


def _usual_endpoint(server: ServerConfig) -> str:
    """Where a server with this configuration listens."""
    tls = server.tls
    scheme = "https" if tls and not tls.dev and tls.port is None else "http"
    return from_here(Address(scheme, server.host, server.port)).url


async def _is_up(server: Client, endpoint: str) -> bool:
    """Whether zaffre answers there, and not another program or nobody."""
    try:
        reply = await server.pool(endpoint).send("GET", "/health/live", [])
        alive: bool = msgspec.json.decode(await reply.read()) == {"status": "live"}
    except (UpstreamFailure, msgspec.DecodeError):
        return False
    return alive


async def _answer(conversation: Conversation, text: str) -> bool:
    """Print the answer as it comes; whether it was whole."""
    begun = False
    try:
        async with aclosing(conversation.say(text)) as words:
            async for word in words:
                begun = True
                print(word, end="", flush=True)
    except Unanswered as why:
        if begun:
            print(flush=True)
        options.say(f"zaffre: {why}")
        return False
    print(flush=True)
    return True


def _read() -> str | None:
    """The next line; None at the end of the input."""
    try:
        return input(PROMPT if sys.stdin.isatty() else "")
    except EOFError:
        return None
