"""Stored responses, and what keeps them."""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

OVER: Final = frozenset({"completed", "incomplete", "failed", "cancelled"})
"""The statuses that do not change any more. The others are `queued` and `in_progress`."""


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
    """If it runs in the background, its events are kept, too."""
    previous: str | None
    principal: str
    """Who asked."""
    begun: int
    """How many times a background run of it has begun."""
    request: bytes
    """JSON: the fields that were sent."""
    input: bytes
    """JSON: the items that were sent, each with its id."""
    output: bytes
    """JSON: the items that were answered."""
    body: bytes
    """JSON: the Response object."""

    @property
    def over(self) -> bool:
        return self.status in OVER


class KeptEvent(Struct):
    """One event of a streamed response."""

    number: int
    type: str
    data: bytes


class Holder(Struct):
    """A response that has a certain item, sent or answered."""

    id: str
    deployment: str
    created: int


class ResponseStore(Protocol):
    """Keeps responses. What a method has returned from survives the end of this process, however it comes.

    A write that has begun is finished, even if its caller is cancelled. Every method raises StoreFailed.
    """

    async def open(self) -> None:
        """Make sure that things can be kept."""
        ...

    async def add(self, response: StoredResponse, events: Sequence[KeptEvent] = ()) -> None:
        """If it runs in the background, this process is the one that runs it."""
        ...

    async def advance(
        self, response: StoredResponse, events: Sequence[KeptEvent] = (), anew_from: int | None = None
    ) -> bool:
        """Keep how it stands now (status, begun, output, body) and the events that say so.

        Args:
            anew_from: events with this number and above are no more.

        Returns:
            Whether it was: nothing is kept of a response that is over or gone.
        """
        ...

    async def get(self, response_id: str) -> StoredResponse | None: ...

    async def holders(self, item_id: str) -> list[Holder]:
        """The latest first."""
        ...

    async def delete(self, response_id: str) -> bool:
        """With its events. False where there was none."""
        ...

    async def take_up(self) -> list[StoredResponse]:
        """Background responses that are not over and that no living process runs, the oldest first.

        From now on this process runs them.
        """
        ...

    async def events(self, response_id: str, after: int) -> list[KeptEvent]:
        """Those with a number above `after`, in order."""
        ...

    async def last_number(self, response_id: str) -> int:
        """Of its events; -1 where there are none."""
        ...

    async def forget_before(self, created: int) -> int:
        """Delete what is older, in seconds since 1970; how many were."""
        ...
