"""`zaffre chat [DEPLOYMENT]`: talk to a deployment from the terminal."""

import argparse
import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from zaffre.app import Application
from zaffre.app.setting import default_deployment
from zaffre.cli import options
from zaffre.cli.conversation import Carrier, Conversation, InProcess, OverHttp, Refused
from zaffre.config.schema import Config
from zaffre.net.client import Client
from zaffre.net.failures import ConnectFailed, UpstreamFailure

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
        ConfigError
    """
    config = options.config_of(chosen.config, chosen.data)
    name = chosen.deployment or default_deployment(config)
    if name is None:
        options.say("no chat deployment is configured; name one")
        return options.MISTAKEN
    key = chosen.key or next((key.reveal() for key in config.keys), None)
    try:
        with asyncio.Runner() as runner:
            return runner.run(_talk(chosen, config, name, key))
    except (UpstreamFailure, OSError, ValueError) as error:
        options.say(str(error))
        return options.FAILED


async def _talk(chosen: argparse.Namespace, config: Config, name: str, key: str | None) -> int:
    async with _carrier(chosen, config) as carrier:
        conversation = Conversation(carrier, name, key)
        failed = False
        while (text := await asyncio.to_thread(_read)) is not None:
            if text.strip():
                failed = not await _answer(conversation, text)
        return options.FAILED if failed else 0


@asynccontextmanager
async def _carrier(chosen: argparse.Namespace, config: Config) -> AsyncGenerator[Carrier, None]:
    """A running server where there is one, else the configuration's deployments in this process."""
    tls = ssl.create_default_context(cafile=chosen.ca) if chosen.ca else None
    client = Client(tls=tls)
    endpoint = chosen.endpoint or f"http://{config.server.host}:{config.server.port}"
    if chosen.endpoint or await _is_up(client, endpoint):
        try:
            yield OverHttp(client, endpoint)
        finally:
            await client.close()
        return
    application = Application(config, chosen.data, client)
    try:
        yield InProcess(application.handle)
    finally:
        await application.close()


async def _is_up(client: Client, endpoint: str) -> bool:
    try:
        reply = await client.pool(endpoint).send("GET", "/health/live", [])
    except ConnectFailed:
        return False
    reply.close()
    return True


async def _answer(conversation: Conversation, text: str) -> bool:
    """Print the answer as it comes; whether there was one."""
    try:
        async with aclosing(conversation.say(text)) as words:
            async for word in words:
                print(word, end="", flush=True)
    except Refused as refusal:
        options.say(str(refusal))
        return False
    print(flush=True)
    return True


def _read() -> str | None:
    """The next line; None at the end of the input."""
    try:
        return input(PROMPT if sys.stdin.isatty() else "")
    except EOFError:
        return None
