"""Stored responses in the database."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiosqlite import Connection
from msgspec import Struct

from zaffre.core.responses import KeptEvent, StoredResponse
from zaffre.store.database import Database


class Responses:
    """The port `core.responses.ResponseStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries

    async def add(self, response: StoredResponse) -> None:
        async with self._database.transaction() as connection:
            await self._queries.add_response(connection, **msgspec.structs.asdict(response))
            await self._name_items(connection, response)

    async def update(self, response: StoredResponse) -> bool:
        async with self._database.transaction() as connection:
            changed = await self._queries.update_response(
                connection, id=response.id, status=response.status, output=response.output, body=response.body
            )
            if changed:
                await self._name_items(connection, response)
        return bool(changed)

    async def get(self, response_id: str) -> StoredResponse | None:
        row = await self._queries.get_response(await self._database.connection(), id=response_id)
        return None if row is None else _response(row)

    async def with_item(self, item_id: str) -> StoredResponse | None:
        row = await self._queries.get_response_of_item(await self._database.connection(), item_id=item_id)
        return None if row is None else _response(row)

    async def delete(self, response_id: str) -> bool:
        async with self._database.transaction() as connection:
            await self._queries.delete_response_events(connection, response_id=response_id, number=0)
            await self._queries.delete_response_items(connection, response_id=response_id)
            return bool(await self._queries.delete_response(connection, id=response_id))

    async def unfinished(self) -> list[StoredResponse]:
        return [_response(row) async for row in self._queries.unfinished_responses(await self._database.connection())]

    async def add_events(self, response_id: str, events: Sequence[KeptEvent]) -> None:
        rows = [{"response_id": response_id, **msgspec.structs.asdict(event)} for event in events]
        async with self._database.transaction() as connection:
            await self._queries.add_response_events(connection, rows)

    async def events(self, response_id: str, after: int) -> list[KeptEvent]:
        rows = self._queries.response_events(await self._database.connection(), response_id=response_id, after=after)
        return [KeptEvent(*row) async for row in rows]

    async def forget_events(self, response_id: str, number: int) -> None:
        async with self._database.transaction() as connection:
            await self._queries.delete_response_events(connection, response_id=response_id, number=number)

    async def forget_before(self, created: int) -> int:
        async with self._database.transaction() as connection:
            await self._queries.delete_old_response_events(connection, created=created)
            await self._queries.delete_old_response_items(connection, created=created)
            gone = await self._queries.delete_old_responses(connection, created=created)
        return int(gone or 0)

    async def _name_items(self, connection: Connection, response: StoredResponse) -> None:
        items = _items.decode(response.input) + _items.decode(response.output)
        rows = [{"item_id": item.id, "response_id": response.id} for item in items if item.type != "item_reference"]
        await self._queries.add_response_items(connection, rows)


class _Item(Struct):
    id: str
    type: str


_items: Final = msgspec.json.Decoder(list[_Item])


def _response(row: Sequence[Any]) -> StoredResponse:
    """A row, its columns in the order of the struct's fields."""
    columns = [*row[:4], bool(row[4]), bool(row[5]), *row[6:]]
    return StoredResponse(*columns)
