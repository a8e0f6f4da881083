"""Stored responses, and what keeps them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class StoredResponse(Struct):
    """A response as it is kept."""

    id: str
    deployment: str
    """Its name, lower-case."""
    created: int
    """Seconds since 1970."""
    status: str
    background: bool
    streamed: bool
    """Its events are kept, too."""
    previous: str | None
    principal: str
    """Who asked."""
    request: bytes
    """The body that was sent."""
    input: bytes
    """JSON: the items that were sent, each with its id."""
    output: bytes
    """JSON: the items that were answered."""
    body: bytes
    """JSON: the Response object."""


class KeptEvent(Struct):
    """One event of a streamed response."""

    number: int
    type: str
    data: bytes


class ResponseStore(Protocol):
    """Keeps responses. What a method has returned from survives the end of this process, however it comes."""

    async def add(self, response: StoredResponse) -> None: ...

    async def update(self, response: StoredResponse) -> bool:
        """Its status, output, and body. False where it is gone."""
        ...

    async def get(self, response_id: str) -> StoredResponse | None: ...

    async def with_item(self, item_id: str) -> StoredResponse | None:
        """The response among whose items, sent or answered, is that one."""
        ...

    async def delete(self, response_id: str) -> bool:
        """With its events. False where there was none."""
        ...

    async def unfinished(self) -> list[StoredResponse]:
        """Background responses that are queued or in progress, the oldest first."""
        ...

    async def add_events(self, response_id: str, events: Sequence[KeptEvent]) -> None: ...

    async def events(self, response_id: str, after: int) -> list[KeptEvent]:
        """Those with a number above `after`, in order."""
        ...

    async def forget_events(self, response_id: str, number: int) -> None:
        """Those with that number and above."""
        ...

    async def forget_before(self, created: int) -> int:
        """Delete what is older, in seconds since 1970; how many were."""
        ...
