"""What the server promised of responses, it keeps: through a stop, a kill, and beside another server."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import CONFIG, PATIENCE, Server, environment, serving, written, zaffre

PATH = "/openai/v1/responses"
SLOW = "one two three four five six seven eight nine ten"


def asked(server: Server, said: str, **fields: object) -> Any:
    status, body = server.post(PATH, {"model": "demo", "input": said, **fields})
    assert status == 200, body
    return body


def until(server: Server, unique: str, *statuses: str) -> Any:
    """The response, once it has one of these."""
    for _ in range(int(PATIENCE * 50)):
        _, body = server.get(f"{PATH}/{unique}")
        if body.get("status") in statuses:
            return body
        threading.Event().wait(0.02)
    raise AssertionError(body)


def text_in(response: Any) -> str:
    return "".join(part["text"] for item in response["output"] for part in item["content"])


@contextmanager
def following(server: Server, path: str, body: object = None) -> Iterator[Iterator[Any]]:
    """The events of a stream, as they come."""
    connection = server.connect()
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, path, None if body is None else json.dumps(body), server.headers())
        answer = connection.getresponse()
        assert answer.status == 200
        yield (json.loads(line[6:]) for line in iter(answer.readline, b"") if line.startswith(b"data: "))
    finally:
        connection.close()


def events(server: Server, path: str, body: object = None, most: int | None = None) -> list[Any]:
    """All events of a stream; or the first of them, and then the caller hangs up."""
    with following(server, path, body) as stream:
        return list(islice(stream, most))


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_background_responses_are_answered_after_a_restart(tmp_path: Path, end: str) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path / "data") as server:
        first = asked(server, "Hello!")
        under_way = [asked(server, "slow", background=True, previous_response_id=first["id"])["id"] for _ in range(12)]
        until(server, under_way[0], "in_progress")
        seen = events(server, PATH, {"model": "demo", "input": "slow", "background": True, "stream": True}, most=3)
        kept = events(server, PATH, {"model": "demo", "input": "Hello!", "stream": True})[-1]["response"]
        getattr(server, end)()
    with serving("--config", config, "--data", tmp_path / "data") as server:
        for unique in under_way:
            assert text_in(until(server, unique, "completed", "failed")) == SLOW
        assert server.get(f"{PATH}/{kept['id']}") == (200, kept)
        at = f"{PATH}/{seen[0]['response']['id']}?stream=true&starting_after=2"
        rest = events(server, at)
        numbers = [event["sequence_number"] for event in rest]
        assert numbers == list(range(numbers[0], numbers[0] + len(rest)))
        assert numbers[0] > 2
        assert text_in(rest[-1]["response"]) == SLOW
    # All is tidied up: nothing is left to run, and no process seems to be there.
    assert list((tmp_path / "data" / "runners").iterdir()) == []
    with closing(sqlite3.connect(tmp_path / "data" / "zaffre.db")) as database:
        found = database.execute("SELECT DISTINCT status FROM responses").fetchall()
    assert found == [("completed",)]


def test_a_stream_whose_caller_hangs_up_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data") as server:
        seen = events(server, PATH, {"model": "demo", "input": "endless", "stream": True}, most=6)
        # Kept only when it is over: until then there is nothing of that id.
        cancelled = until(server, seen[0]["response"]["id"], "cancelled")
        assert text_in(cancelled).startswith("again")
        assert cancelled["output"][0]["status"] == "incomplete"


def test_a_background_stream_whose_caller_hangs_up_goes_on(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data") as server:
        body = {"model": "demo", "input": "slow", "stream": True, "background": True}
        seen = events(server, PATH, body, most=4)
        assert text_in(until(server, seen[0]["response"]["id"], "completed")) == SLOW


def test_a_stream_that_a_stop_cuts_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    config = written(tmp_path, f"{CONFIG}server: {{drain: 0.2}}\n")
    where = ("--config", config, "--data", tmp_path / "data")
    body = {"model": "demo", "input": "endless", "stream": True}
    with serving(*where) as server, following(server, PATH, body) as stream:
        unique = next(stream)["response"]["id"]
        next(event for event in stream if event["type"] == "response.output_text.delta")
        assert server.stop() == 0
    with serving(*where) as server:
        assert text_in(until(server, unique, "cancelled")).startswith("again")


def test_servers_on_the_same_data_know_each_others_responses_and_run_their_own(tmp_path: Path) -> None:
    config = written(tmp_path)
    where = ("--config", config, "--data", tmp_path / "data")
    with serving(*where) as first:
        running = asked(first, "endless", background=True)["id"]
        until(first, running, "in_progress")
        with serving(*where) as second:
            own = asked(second, "Hello!", background=True)["id"]
            assert text_in(until(first, own, "completed")) == "You said: Hello!"
            assert until(second, running, "in_progress")["id"] == running
            assert second.post(f"{PATH}/{running}/cancel", None)[1]["status"] == "cancelled"
        assert until(first, running, "cancelled")["id"] == running


def test_what_a_killed_server_left_is_run_by_the_next_one_beside_a_living_one(tmp_path: Path) -> None:
    config = written(tmp_path)
    where = ("--config", config, "--data", tmp_path / "data")
    with serving(*where) as living:
        own = asked(living, "endless", background=True)["id"]
        until(living, own, "in_progress")
        with serving(*where) as killed:
            left = asked(killed, "slow", background=True)["id"]
            killed.kill()
        with serving(*where) as after:
            assert text_in(until(after, left, "completed")) == SLOW
            assert until(after, own, "in_progress")["id"] == own


def test_a_database_of_a_newer_version_is_refused_in_a_word(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path / "data") as server:
        asked(server, "Hello!")
    with closing(sqlite3.connect(tmp_path / "data" / "zaffre.db")) as database:
        database.execute("INSERT INTO migrations (number, name) VALUES (9000, '9000_newer.sql')")
        database.commit()
    done = zaffre("serve", "--config", config, "--port", "0", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert "zaffre.db is of version 9000: a newer zaffre made it" in done.stderr


def test_a_database_that_lacks_a_table_ends_the_start(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path / "data") as server:
        asked(server, "Hello!")
    with closing(sqlite3.connect(tmp_path / "data" / "zaffre.db")) as database:
        database.execute("DROP TABLE responses")
    done = zaffre("serve", "--config", config, "--port", "0", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert "zaffre.db cannot be used: no such table: responses" in done.stderr


def test_no_word_that_was_said_is_in_the_log(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path / "data", env=environment(ZAFFRE_KEY="k" * 40)) as server:
        server.key = "k" * 40
        asked(server, "a secret prompt", instructions="a secret instruction")
        until(server, asked(server, "a secret prompt", background=True)["id"], "completed")
        server.get(f"{PATH}/resp_none")
    assert "secret" not in server.err.text + server.out.text
