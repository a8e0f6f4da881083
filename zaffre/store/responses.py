"""Stored responses in the database."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from zaffre.core.responses import Holder, KeptEvent, StoredResponse
from zaffre.store.port import AnyDatabase, Connection


class Responses:
    """The port `core.responses.ResponseStore`."""

    def __init__(self, database: AnyDatabase) -> None:
        self._database = database
        self._queries = database.queries

    async def open(self) -> None:
        await self._database.open()

    async def add(self, response: StoredResponse, events: Sequence[KeptEvent] = ()) -> None:
        runner = self._database.runner if response.background else None

        async def work(connection: Connection) -> None:
            await self._queries.add_response(connection, **msgspec.structs.asdict(response), runner=runner)
            await self._name_items(connection, response)
            await self._add_events(connection, response.id, events)

        await self._database.write(work)

    async def advance(
        self, response: StoredResponse, events: Sequence[KeptEvent] = (), anew_from: int | None = None
    ) -> bool:
        async def work(connection: Connection) -> bool:
            changed = await self._queries.advance_response(
                connection,
                id=response.id,
                status=response.status,
                begun=response.begun,
                output=response.output,
                body=response.body,
            )
            if not changed:
                return False
            if anew_from is not None:
                await self._queries.delete_response_events(connection, response_id=response.id, number=anew_from)
            await self._name_items(connection, response)
            await self._add_events(connection, response.id, events)
            return True

        return await self._database.write(work)

    async def get(self, response_id: str) -> StoredResponse | None:
        async with self._database.reading() as connection:
            row = await self._queries.get_response(connection, id=response_id)
        return None if row is None else _response(row)

    async def holders(self, item_id: str) -> list[Holder]:
        async with self._database.reading() as connection:
            return [Holder(*row) async for row in self._queries.responses_of_item(connection, item_id=item_id)]

    async def delete(self, response_id: str) -> bool:
        async def work(connection: Connection) -> bool:
            # In the order in which a response is advanced: two in two orders would wait for each other.
            there = bool(await self._queries.delete_response(connection, id=response_id))
            await self._queries.delete_response_events(connection, response_id=response_id, number=0)
            await self._queries.delete_response_items(connection, response_id=response_id)
            return there

        return await self._database.write(work)

    async def take_up(self) -> list[StoredResponse]:
        runner = self._database.runner

        async def work(connection: Connection) -> list[StoredResponse]:
            rows = [row async for row in self._queries.unfinished_responses(connection, runner=runner)]
            gone = await self._database.gone({row[-1] for row in rows}, connection)
            taken = [_response(row[:-1]) for row in rows if row[-1] in gone]
            for response in taken:
                await self._queries.take_response_up(connection, id=response.id, runner=runner)
            return taken

        return await self._database.write(work)

    async def events(self, response_id: str, after: int) -> list[KeptEvent]:
        async with self._database.reading() as connection:
            rows = self._queries.response_events(connection, response_id=response_id, after=after)
            return [KeptEvent(*row) async for row in rows]

    async def last_number(self, response_id: str) -> int:
        async with self._database.reading() as connection:
            return int(await self._queries.last_response_event(connection, response_id=response_id))

    async def forget_before(self, created: int) -> int:
        async def work(connection: Connection) -> int:
            await self._queries.delete_old_response_events(connection, created=created)
            await self._queries.delete_old_response_items(connection, created=created)
            return int(await self._queries.delete_old_responses(connection, created=created))

        return await self._database.write(work, alone=True)

    async def _name_items(self, connection: Connection, response: StoredResponse) -> None:
        items = _items.decode(response.input) + _items.decode(response.output)
        rows = [{"item_id": item.id, "response_id": response.id} for item in items]
        await self._queries.add_response_items(connection, rows)

    async def _add_events(self, connection: Connection, response_id: str, events: Sequence[KeptEvent]) -> None:
        rows = [{"response_id": response_id, **msgspec.structs.asdict(event)} for event in events]
        if rows:
            await self._queries.add_response_events(connection, rows)


class _Item(Struct):
    id: str


_items: Final = msgspec.json.Decoder(list[_Item])


def _response(row: Sequence[Any]) -> StoredResponse:
    """A row, its columns in the order of the struct's fields."""
    columns = [*row[:4], bool(row[4]), bool(row[5]), *row[6:]]
    return StoredResponse(*columns)
