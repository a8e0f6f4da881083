"""`zaffre`: which command, with which options."""

import argparse
import os
import sys
from collections.abc import Sequence

from zaffre import __version__
from zaffre.app.unavailable import Unavailable
from zaffre.auth.failures import LocalIdentityError
from zaffre.cli import (
    blocklist,
    chat,
    check,
    connection,
    content_filter,
    db,
    deployment,
    key,
    model,
    options,
    policy,
    serve,
    usage,
)
from zaffre.config.mistakes import ConfigError
from zaffre.net.tls import CertificateError

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="zaffre", description="One endpoint and one credential in front of any model, in Azure AI's own API."
    )
    top.add_argument("--version", action="version", version=f"zaffre {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (
        serve,
        check,
        chat,
        deployment,
        connection,
        content_filter,
        blocklist,
        db,
        key,
        model,
        policy,
        usage,
    ):
        command.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser().parse_args(words)
    chosen.arguments = words
    return carry_out(chosen)


def carry_out(chosen: argparse.Namespace) -> int:
    """Do what was chosen; the exit status. What goes wrong is said on stderr."""
    try:
        status = int(chosen.run(chosen))
        sys.stdout.flush()
    except ConfigError as error:
        options.say(str(error))
        return options.MISTAKEN
    except (options.Mistaken, CertificateError, LocalIdentityError) as error:
        options.say(f"zaffre: {error}")
        return options.MISTAKEN
    except Unavailable as error:
        options.say(f"zaffre: {error}")
        return options.FAILED
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        options.say(f"zaffre: {_reason(error)}")
        return options.FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _unread() -> int:
    """Nobody reads the output any more, such as `head`. Python would say so once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return options.FAILED


def _reason(error: OSError) -> str:
    """Without the error's number, with the file's name."""
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)


if __name__ == "__main__":
    sys.exit(main())
