"""From an engine's thread to the event loop: what one running call says, and the wish that it stop."""

import asyncio
from collections import deque


class Relay:
    """Carries the events of one call. Make it on the loop; `put` is the engine's, the rest is the loop's."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._waking = False
        self._ended = False
        self._cancelled = False

    def put(self, event: bytes) -> bool:
        """Hand over one event; True says that nobody listens any more."""
        self._events.append(event)
        # One waking for all that arrives before the loop comes round.
        if not self._waking:
            self._waking = True
            self._loop.call_soon_threadsafe(self._wake.set)
        return self._cancelled

    async def take(self) -> list[bytes]:
        """What has arrived, at least one event; empty once the call has ended."""
        while not self._events and not self._ended:
            await self._wake.wait()
            self._wake.clear()
            self._waking = False
        events = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def end(self) -> None:
        """The call is over; what it said can still be taken."""
        self._ended = True
        self._wake.set()

    def cancel(self) -> None:
        """Ask the call to stop at its next event."""
        self._cancelled = True
