"""Resources and their audit in the database."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from zaffre.core.resources import AuditRow, Changes, Edit, Kind, Moved, Resource
from zaffre.store.port import AnyDatabase, Connection


class Resources:
    """The port `core.resources.ResourceStore`."""

    def __init__(self, database: AnyDatabase, now: Callable[[], float] = time.time) -> None:
        """
        Args:
            now: seconds since 1970.
        """
        self._database = database
        self._queries = database.queries
        self._now = now

    async def revision(self) -> int:
        if not self._database.exists:
            return 0
        async with self._database.reading() as connection:
            return int(await self._queries.resource_revision(connection))

    async def since(self, revision: int) -> Changes:
        if not self._database.exists:
            return Changes(0, (), ())

        async def work(connection: Connection) -> Changes:
            newest = int(await self._queries.resource_revision(connection))
            changed = self._queries.changed_resources(connection, revision=revision)
            resources = [_resource(row) async for row in changed]
            there = {(each.kind, each.name.lower()) for each in resources}
            deleted = self._queries.deleted_resources(connection, revision=revision)
            gone = {(Kind(kind), name.lower()) async for kind, name in deleted}
            return Changes(newest, resources, sorted(gone - there))

        # All of it as of one moment: what is read one after the other could tell of two.
        return await self._database.write(work, alone=True)

    async def edit(self, edits: Sequence[Edit], *, actor: str, at: int) -> int:
        async def work(connection: Connection) -> int:
            number = int(await self._queries.resource_revision(connection))
            if number != at:
                raise Moved
            for edit in edits:
                number = await self._one(connection, edit, actor, number)
            return number

        return await self._database.write(work, alone=True)

    async def _one(self, connection: Connection, edit: Edit, actor: str, number: int) -> int:
        """Do one edit as the next number; the number that is the last one then."""
        row = await self._queries.get_resource(connection, kind=edit.kind.value, key=edit.name.lower())
        before = None if row is None else _resource(row)
        if before is None and edit.body is None:
            return number
        now = self._now()
        number += 1
        if edit.body is None:
            await self._queries.delete_resource(connection, kind=edit.kind.value, key=edit.name.lower())
        else:
            await self._queries.put_resource(
                connection,
                kind=edit.kind.value,
                key=edit.name.lower(),
                name=edit.name,
                body=edit.body,
                version=number,
                created=now,
                changed=now,
            )
        await self._queries.add_audit_row(
            connection,
            number=number,
            at=now,
            actor=actor,
            action="delete" if edit.body is None else "update" if before else "create",
            kind=edit.kind.value,
            name=edit.name,
            before=before and before.body,
            after=edit.body,
        )
        return number

    async def audit(self, kind: Kind | None = None, name: str | None = None, most: int = 100) -> list[AuditRow]:
        if not self._database.exists:
            return []
        async with self._database.reading() as connection:
            return [_audit_row(row) async for row in self._rows(connection, kind, name, most)]

    def _rows(self, connection: Connection, kind: Kind | None, name: str | None, most: int) -> AsyncIterator[Any]:
        rows: AsyncIterator[Any]
        if kind is None:
            rows = self._queries.audit_rows(connection, most=most)
        elif name is None:
            rows = self._queries.audit_rows_of_kind(connection, kind=kind.value, most=most)
        else:
            rows = self._queries.audit_rows_of_resource(connection, kind=kind.value, name=name, most=most)
        return rows


def _resource(row: Sequence[Any]) -> Resource:
    return Resource(Kind(row[0]), *row[1:])


def _audit_row(row: Sequence[Any]) -> AuditRow:
    number, at, actor, action, kind, *rest = row
    return AuditRow(number, at, actor, action, Kind(kind), *rest)
