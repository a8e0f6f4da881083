"""The keys of the data folder: made once, kept, and for their owner alone."""

import re
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from zaffre.config.data import first_start_keys
from zaffre.config.mistakes import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def revealed(folder: Path) -> list[str]:
    return [key.reveal() for key in first_start_keys(folder).keys]


def test_the_first_start_makes_two_keys_and_later_ones_keep_it(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "zaffre"
    first, second = first_start_keys(folder), first_start_keys(folder)
    assert (first.created, second.created) == (True, False)
    assert first.keys == second.keys
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first.keys[0].reveal())
    assert (mode(folder), mode(first.path)) == (0o700, 0o600)
    assert (first.path, first.warnings, second.warnings) == (folder / "keys", (), ())
    assert list(folder.iterdir()) == [folder / "keys"]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        keys = list(processes.map(revealed, [tmp_path / "data"] * 16))
    assert len(keys[0]) == 2
    assert all(found == keys[0] for found in keys)


def test_keys_may_be_added_by_hand_one_a_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one\n\n  two \n")
    assert revealed(tmp_path) == ["one", "two"]


def test_a_file_that_others_may_read_is_tightened_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("one\n")
    path.chmod(0o644)
    stored = first_start_keys(tmp_path)
    assert mode(path) == 0o600
    assert stored.warnings == (f"{path} could be read by others (mode 0644); it is now for its owner alone (0600)",)
    assert first_start_keys(tmp_path).warnings == ()


def test_a_folder_that_others_may_write_is_reported_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    first_start_keys(tmp_path)
    (warning,) = first_start_keys(tmp_path).warnings
    assert warning == f"{tmp_path} can be written by others (mode 0777): they can replace its keys"
    assert mode(tmp_path) == 0o777


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xff\xfe"])
def test_a_file_without_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    (tmp_path / "keys").chmod(0o600)
    with pytest.raises(ConfigError, match="keys: expected a"):
        first_start_keys(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError, match="expected a file of keys that this user can read and write, found"):
        first_start_keys(tmp_path / "data")
