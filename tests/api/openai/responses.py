"""Responses as these tests ask for them and read them."""

import asyncio
from typing import Any

import msgspec

from tests.api.canned import Caller, json_of, text_of
from zaffre.net.http import Response

PATH = "/openai/v1/responses"
PATIENCE = 30.0
"""Seconds; only a failing test waits so long."""
OVER = ("completed", "incomplete", "failed", "cancelled")


def asked(said: Any = "Hi", **fields: Any) -> dict[str, Any]:
    return {"model": "demo", "input": said, **fields}


def text_in(response: Any) -> str:
    """What the Response object says."""
    return "".join(part["text"] for item in response["output"] for part in item["content"])


async def got(caller: Caller, unique: str) -> Any:
    """The response as it stands."""
    return json_of(await caller.get(f"{PATH}/{unique}"))


async def ended(caller: Caller, unique: str) -> Any:
    """The response, once it is over."""
    async with asyncio.timeout(PATIENCE):
        while (response := await got(caller, unique))["status"] not in OVER:  # noqa: ASYNC110 - as clients do it
            await asyncio.sleep(0.005)
    return response


async def queued(caller: Caller, **fields: Any) -> str:
    """The id of a response that is to be answered in the background."""
    response = json_of(await caller.post(PATH, asked(background=True, **fields)))
    assert response["status"] == "queued"
    return str(response["id"])


async def events_of(response: Response) -> list[Any]:
    """The events of a stream, in which `event:` says the same as the type in `data:`."""
    return _events(await text_of(response))


def _events(text: str) -> list[Any]:
    *blocks, nothing = text.split("\n\n")
    assert nothing == ""
    events = []
    for block in blocks:
        name, data = block.split("\n")
        events.append(msgspec.json.decode(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


class Following:
    """A stream of events that is read one by one."""

    def __init__(self, response: Response) -> None:
        assert not isinstance(response.body, bytes), response.body
        self._pieces = response.body
        self._arrived: list[Any] = []
        self.seen: list[Any] = []

    async def until(self, kind: str) -> Any:
        """The next event of this type."""
        async with asyncio.timeout(PATIENCE):
            while (event := await self._next()) is not None:
                if event["type"] == kind:
                    return event
        raise AssertionError(steps(self.seen))

    async def rest(self) -> list[Any]:
        """All that comes."""
        before = len(self.seen)
        async with asyncio.timeout(PATIENCE):
            while await self._next() is not None:
                pass
        return self.seen[before:]

    async def leave(self) -> None:
        """Read no more."""
        await self._pieces.aclose()

    async def _next(self) -> Any:
        if not self._arrived:
            self._arrived = _events((await anext(self._pieces, b"")).decode())
        if not self._arrived:
            return None
        self.seen.append(self._arrived.pop(0))
        return self.seen[-1]


def steps(events: list[Any]) -> list[str]:
    """The types of events, without what they all begin with."""
    return [event["type"].removeprefix("response.") for event in events]
