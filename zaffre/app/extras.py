"""Modules imported only where a configuration asks for them: the optional extras, and what takes much memory."""

from importlib import import_module
from typing import Any

from zaffre.app.unavailable import Unavailable


def local() -> Any:
    """The module `zaffre.app.local`. Raises Unavailable: the extra is not installed."""
    return _module("zaffre.app.local", "local models", "local")


def redis() -> Any:
    """The module `zaffre.limits.link`. Raises Unavailable: the extra is not installed."""
    return _module("zaffre.limits.link", "limits that processes share", "redis")


def postgres() -> Any:
    """The module `zaffre.store.postgres`. Raises Unavailable: the extra is not installed."""
    return _module("zaffre.store.postgres", "databases in PostgreSQL", "postgres")


def local_filter() -> Any:
    """The classifier of `zaffre.safety.local`. Blocks while it reads its weights."""
    return _module("zaffre.safety.local.made", "local content filters", "safety").classifier()


def identity() -> Any:
    """The module `zaffre.app.tokens`: with what reads tokens, it is 10 MB."""
    return import_module("zaffre.app.tokens")


def dev_authority() -> Any:
    """The module `zaffre.net.authority`: what makes certificates is as large."""
    return import_module("zaffre.net.authority")


def _module(name: str, what: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("zaffre"):
            raise
        raise Unavailable(f"{what} need the extra `{extra}`: pip install 'zaffre[{extra}]'") from missing
    except ImportError as broken:
        # Such as a shared library that this machine does not have.
        raise Unavailable(f"the extra `{extra}` is installed, but does not load: {broken}") from broken
