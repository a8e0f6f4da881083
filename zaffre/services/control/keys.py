"""Keys as resources: named ones, kept as digests, and the server's own two, which can be shown again."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from zaffre.config.data import KeyFile, new_key
from zaffre.config.secret import Secret
from zaffre.core.errors import DeclaredInFile, ResourceConflict
from zaffre.core.resources import Kind
from zaffre.services.control.control import Control, Precondition

PREFIX: Final = "zf_"
"""Of named keys, so that whoever finds one knows what it opens."""
_HINT: Final = 4
"""Characters of a key by which its holder knows it again."""


async def create_key(control: Control, name: str, scopes: Mapping[str, Any], *, actor: str) -> str:
    """Make a named key: the key itself, which nobody can show again.

    Args:
        scopes: fields of `KeyConfig`, as JSON has them.

    Raises:
        InvalidResource; PreconditionFailed: there is one of that name.
    """
    return await _made(control, name, scopes, actor, Precondition(absent=True))


async def renew_key(control: Control, name: str, *, actor: str) -> str:
    """Another key in place of a named one, with the same scopes. The old one opens nothing from now on.

    Raises:
        PreconditionFailed: there is none of that name.
    """
    found = control.state.get(Kind.KEY, name)
    scopes = {} if found is None else msgspec.json.decode(found.body)
    version = 0 if found is None else found.version
    return await _made(control, name, scopes, actor, Precondition(version=version))


async def _made(control: Control, name: str, scopes: Mapping[str, Any], actor: str, precondition: Precondition) -> str:
    key = f"{PREFIX}{new_key()}"
    body = msgspec.json.encode({**scopes, "digest": digest(key), "hint": key[-_HINT:]})
    await control.change(Kind.KEY, name, lambda _: body, actor=actor, precondition=precondition)
    return key


def digest(key: str) -> str:
    """What is kept of it: SHA-256, in hexadecimal digits."""
    return sha256(key.encode()).hexdigest()


class ServerKeys:
    """The server's two keys, `key1` and `key2`: one is in use while the other is made anew."""

    def __init__(self, control: Control, file: KeyFile | None) -> None:
        """
        Args:
            file: where those are kept that no configuration file declares; None: it declares them.
        """
        self._control = control
        self._file = file

    def pair(self) -> tuple[str, str]:
        """Both, "" for one that there is not. Raises ConfigError: their file cannot be used."""
        keys = [each.reveal() for each in self._in_force()]
        first, second = (*keys, "", "")[:2]
        return first, second

    def _in_force(self) -> Sequence[Secret]:
        return self._control.declared.config.keys if self._file is None else self._file.read()

    async def regenerate(self, number: int, *, actor: str) -> tuple[str, str]:
        """Make one anew. The old one opens nothing from now on, in any process of this data folder.

        Args:
            number: 1 or 2.

        Raises:
            DeclaredInFile, ConfigError, OSError, StoreFailed
        """
        name = f"key{number}"
        if self._file is None:
            where = self._control.declared.where_keys()
            if where is None:
                raise ResourceConflict("This server has no keys: whoever reaches it may call.", param=name)
            raise DeclaredInFile("key", name, where)
        key = new_key()
        self._file.replace(number, key)
        body = msgspec.json.encode({"digest": digest(key)})
        # The others read the file again when they see that something has changed.
        await self._control.change(Kind.SERVER_KEY, name, lambda _: body, actor=actor)
        return self.pair()
