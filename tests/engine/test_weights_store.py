"""A kept file is whole, checked, and made once."""

import hashlib
import os
import threading
from io import StringIO
from pathlib import Path

import pytest

from zaffre.engine.weights.errors import Stopped, WeightsError
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.store import Store

TEXT = b"weights"
SUM = hashlib.sha256(TEXT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.fixture
def said() -> StringIO:
    return StringIO()


@pytest.fixture
def store(tmp_path: Path, said: StringIO) -> Store:
    return Store(tmp_path, Progress(said))


def write(part: Path) -> None:
    part.write_bytes(TEXT)


def test_what_was_put_is_found(store: Store) -> None:
    path = store.put("a/model.gguf", write, SUM)
    assert path.read_bytes() == TEXT
    assert store.find("a/model.gguf") == store.find("a/model.gguf", SUM) == path


def test_nothing_is_found_where_nothing_was_put(store: Store) -> None:
    assert store.find("a/model.gguf") is None


def test_bytes_with_the_wrong_sum_are_not_kept(store: Store) -> None:
    with pytest.raises(WeightsError, match=f"the sha256 is {SUM}, expected {OTHER}"):
        store.put("model.gguf", write, OTHER)
    assert list(store.folder.iterdir()) == []


def test_a_kept_file_is_not_found_under_another_sum(store: Store) -> None:
    store.put("model.gguf", write)
    assert store.find("model.gguf", OTHER) is None


def test_half_a_file_is_never_kept(store: Store) -> None:
    def fail(part: Path) -> None:
        part.write_bytes(TEXT[:3])
        raise WeightsError("the line went dead")

    with pytest.raises(WeightsError, match="dead"):
        store.put("model.gguf", fail)
    assert list(store.folder.iterdir()) == []


def test_what_a_killed_process_left_behind_is_not_taken_for_a_file(store: Store) -> None:
    (store.folder / ".model.gguf.part").write_bytes(TEXT[:3])
    (store.folder / "model.gguf").write_bytes(TEXT[:3])
    assert store.find("model.gguf") is None
    assert store.put("model.gguf", write).read_bytes() == TEXT


def test_a_file_that_has_changed_is_not_found(store: Store, said: StringIO) -> None:
    path = store.put("model.gguf", write)
    path.write_bytes(TEXT[::-1])
    os.utime(path, ns=(1, 1))
    assert store.find("model.gguf") is None
    assert "has changed since it was stored" in said.getvalue()


def test_a_file_that_was_only_touched_is_read_again_and_found(store: Store) -> None:
    path = store.put("model.gguf", write)
    os.utime(path, ns=(1, 1))
    assert store.find("model.gguf") == path


def test_a_record_that_cannot_be_read_counts_for_nothing(store: Store) -> None:
    path = store.put("model.gguf", write)
    path.with_name("model.gguf.sha256.json").write_text("{")
    assert store.find("model.gguf") is None


def test_two_who_want_the_same_file_make_it_once(store: Store, said: StringIO) -> None:
    made: list[int] = []
    both = threading.Barrier(2)

    def want() -> None:
        both.wait()
        with store.locked("model"):
            if store.find("model.gguf") is None:
                made.append(1)
                store.put("model.gguf", write)

    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_whoever_waits_says_so_and_can_be_stopped(store: Store, tmp_path: Path) -> None:
    said = StringIO()
    progress = Progress(said)
    progress.stop()
    with store.locked("model"), pytest.raises(Stopped), Store(tmp_path, progress).locked("model"):
        pass
    assert "waiting for another process that prepares model" in said.getvalue()
