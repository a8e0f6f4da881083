"""What these tests keep."""

from pathlib import Path
from typing import Any

import msgspec

from zaffre.core.responses import KeptEvent, StoredResponse
from zaffre.store import AnyDatabase, Database
from zaffre.store.postgres import PostgreSQL


def response(unique: str = "resp_1", **other: Any) -> StoredResponse:
    """A response that is over, unless the test says otherwise."""
    fields: dict[str, Any] = {
        "id": unique,
        "deployment": "demo",
        "created": 1000,
        "status": "completed",
        "background": False,
        "streamed": False,
        "previous": None,
        "principal": "a key",
        "begun": 0,
        "request": b'{"input":"Hi"}',
        "input": items("msg_in"),
        "output": items("msg_out"),
        "body": b"{}",
    }
    return StoredResponse(**{**fields, **other})


def queued(unique: str = "resp_1", **other: Any) -> StoredResponse:
    """A response that waits for its turn in the background."""
    return response(unique, **{"status": "queued", "background": True, "output": b"[]", **other})


def items(*names: str) -> bytes:
    """Items of these ids."""
    return msgspec.json.encode([{"type": "message", "id": name} for name in names])


def event(number: int) -> KeptEvent:
    return KeptEvent(number, "response.some", b'{"n":%d}' % number)


def database_at(where: str) -> AnyDatabase:
    """The database in a folder, or at a PostgreSQL address."""
    return PostgreSQL(where) if where.startswith("postgresql:") else Database(Path(where))
