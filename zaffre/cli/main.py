"""`zaffre`: which command, with which options."""

import argparse
import sys
from collections.abc import Sequence

from zaffre import __version__
from zaffre.app.extras import Unavailable
from zaffre.cli import chat, check, model, options, serve
from zaffre.config.mistakes import ConfigError


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="zaffre", description="One endpoint and one credential in front of any model, in Azure AI's own API."
    )
    top.add_argument("--version", action="version", version=f"zaffre {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (serve, check, chat, model):
        command.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ConfigError as error:
        options.say(str(error))
        return options.MISTAKEN
    except Unavailable as error:
        options.say(f"zaffre: {error}")
        return options.FAILED
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
