"""PostgreSQL that restarts, is not there, or is asked for what does not fit."""

import asyncio

import asyncpg
import pytest

from tests.store.kept import response
from zaffre.store import Responses, StoreError
from zaffre.store.postgres import PostgreSQL

PATIENCE = 20.0


@pytest.fixture
def address(postgres_server: object) -> str:
    found: str = postgres_server.database()  # type: ignore[attr-defined]
    return found


async def without_connections(address: str) -> None:
    """End all connections to the database but this one, as a server that restarts does."""
    connection = await asyncpg.connect(address)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    await connection.execute(others, connection.get_server_pid())
    await connection.close()


async def taken_for_gone(other: PostgreSQL, runner: str) -> bool:
    async def work(connection: object) -> set[str]:
        return await other.gone([runner], connection)

    return bool(await other.write(work))


async def test_a_lost_connection_is_made_anew_and_the_process_is_not_taken_for_gone(address: str) -> None:
    here, other = PostgreSQL(address), PostgreSQL(address)
    await Responses(here).add(response())
    assert not await taken_for_gone(other, here.runner)
    await without_connections(address)
    async with asyncio.timeout(PATIENCE):
        # The other one's connections were ended, too; the first use of such a one may fail.
        while True:
            try:
                if not await taken_for_gone(other, here.runner):
                    break
            except StoreError:
                continue
            await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert await Responses(here).get("resp_1") == response()
            except StoreError:
                continue
            break
    await here.close()
    assert await taken_for_gone(other, here.runner)
    await other.close()


async def test_a_connection_that_the_server_is_ending_cannot_be_used(address: str) -> None:
    database = PostgreSQL(address)

    async def used_at_its_end(connection: asyncpg.Connection) -> None:
        # As asyncpg says when the server's last word has come, and the end of the connection has not.
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    with pytest.raises(StoreError):
        await database.write(used_at_its_end)
    assert await Responses(database).get("resp_1") is None
    await database.close()


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    database = PostgreSQL("postgresql://zaffre:a-secret@127.0.0.1:1/kept")
    with pytest.raises(StoreError) as refused:
        await database.open()
    assert "the PostgreSQL database kept at 127.0.0.1:1 cannot be used" in str(refused.value)
    assert "a-secret" not in str(refused.value)
    await database.close()


async def test_what_does_not_fit_is_not_told_to_the_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    database = PostgreSQL(address)
    with pytest.raises(StoreError):
        await Responses(database).get("resp_\x00what-a-user-wrote")
    assert "what-a-user-wrote" not in caplog.text
    await database.close()
