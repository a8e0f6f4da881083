"""The optional extras: modules that are imported only where a configuration asks for them."""

from importlib import import_module
from typing import Any

from zaffre.app.unavailable import Unavailable


def local() -> Any:
    """The module `zaffre.app.local`.

    Raises:
        Unavailable: the extra is not installed.
    """
    try:
        return import_module("zaffre.app.local")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("zaffre"):
            raise
        raise Unavailable("local models need the extra `local`: pip install 'zaffre[local]'") from missing
    except ImportError as broken:
        # Such as a shared library that this machine does not have.
        raise Unavailable(f"the extra `local` is installed, but does not load: {broken}") from broken
