"""`zaffre usage`: figures for people and for programs."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.metering.test_ledger import record
from zaffre.cli.main import main
from zaffre.store import Database, UsageRows


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def fill() -> None:
        database = Database(tmp_path)
        await UsageRows(database).add([record(prompt_tokens=1200), record("other"), record("other", status=499)])
        await database.close()

    asyncio.run(fill())
    return tmp_path


def test_people_get_a_table(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--data", str(data)]) == 0
    heads, demo, other = capsys.readouterr().out.splitlines()
    assert heads.split()[:2] == ["deployment", "calls"]
    assert demo.split()[:5] == ["demo", "1", "0", "0", "1,200"]
    assert other.endswith("1 calls")


def test_programs_get_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--data", str(data), "--by", "day,key", "--json"]) == 0
    (total,) = json.loads(capsys.readouterr().out)
    assert (total["day"], total["principal"], total["deployment"], total["calls"]) == ("1970-01-02", "key-1", "", 3)


def test_days_are_left_out(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--data", str(data), "--since", "1970-01-03", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_server_that_was_never_called_has_used_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert not list(tmp_path.iterdir())


def test_a_group_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--data", str(tmp_path), "--by", "colour"]) == 2
    assert "colour" in capsys.readouterr().err


def test_what_is_no_day_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["usage", "--data", str(tmp_path), "--since", "yesterday"])
    assert "yesterday" in capsys.readouterr().err
