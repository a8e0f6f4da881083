"""What is kept, as a principal may see it: responses, what was said before one, items by their names."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, NoSuchObject
from zaffre.core.responses import Holder, ResponseStore, StoredResponse

DAYS: Final = 30
_SECONDS: Final = DAYS * 86_400

Now = Callable[[], float]
"""Seconds since 1970."""


class Kept:
    """The responses of a store that are there for a principal: not too old, of a deployment that it may use."""

    def __init__(self, store: ResponseStore, now: Now) -> None:
        self._store = store
        self._now = now

    @property
    def since(self) -> int:
        """Seconds since 1970. What was made before is there no longer."""
        return int(self._now()) - _SECONDS

    async def get(self, principal: Principal, response_id: str) -> StoredResponse:
        """The response. Raises NoSuchObject."""
        stored = await self._store.get(response_id)
        if stored is None or not self._is_there(principal, stored):
            raise NoSuchObject("Response", response_id)
        return stored

    async def conversation(self, principal: Principal, last: str | None) -> list[Raw]:
        """The items that were said up to and with that response, oldest first.

        Raises:
            BadRequest: it or one before it is not there, or not over.
        """
        turns: list[list[Raw]] = []
        unique = last
        while unique:
            stored = await self._store.get(unique)
            if stored is None or not self._is_there(principal, stored):
                raise _no_previous(unique)
            if not stored.over:
                raise _no_previous(unique, f"Previous response with id '{unique}' is not over yet.")
            turns.append(items_of(stored))
            unique = stored.previous
        return [item for turn in reversed(turns) for item in turn]

    async def items(self, principal: Principal, names: Sequence[str]) -> dict[str, Raw]:
        """Those of these ids that were said in any response: some clients send nothing else."""
        found: dict[str, Raw] = {}
        for name in names:
            if name not in found:
                found |= await self._beside(principal, name)
        return found

    async def _beside(self, principal: Principal, name: str) -> dict[str, Raw]:
        """All items of the latest response that has the one of that id."""
        for holder in await self._store.holders(name):
            stored = await self._store.get(holder.id) if self._is_there(principal, holder) else None
            if stored is not None:
                return {msgspec.json.decode(item, type=_Named).id: item for item in items_of(stored)}
        return {}

    def _is_there(self, principal: Principal, stored: StoredResponse | Holder) -> bool:
        allowed = principal.deployments is None or stored.deployment in principal.deployments
        return allowed and stored.created >= self.since


def items_of(stored: StoredResponse) -> list[Raw]:
    """What was sent and answered."""
    return input_of(stored) + msgspec.json.decode(stored.output, type=list[Raw])


def input_of(stored: StoredResponse) -> list[Raw]:
    """What was sent."""
    return msgspec.json.decode(stored.input, type=list[Raw])


class _Named(Struct):
    id: str


def _no_previous(unique: str, why: str = "") -> BadRequest:
    message = why or f"Previous response with id '{unique}' not found."
    return BadRequest(message, param="previous_response_id", code="previous_response_not_found")
