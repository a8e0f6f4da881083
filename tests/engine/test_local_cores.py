"""How many cores a model takes by default: it leaves some to the gateway."""

from pathlib import Path

import pytest

from zaffre.engine.local.cores import default_threads


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 8)])
def test_half_of_the_cores_are_left_to_the_gateway(tmp_path: Path, cores: int, threads: int) -> None:
    assert default_threads(cores, tmp_path / "none") == threads


@pytest.mark.parametrize(("limit", "threads"), [("400000 100000", 2), ("50000 100000", 1), ("max 100000", 8), ("", 8)])
def test_a_containers_limit_counts_and_not_the_machines_cores(tmp_path: Path, limit: str, threads: int) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(limit)
    assert default_threads(16, quota) == threads


def test_the_system_is_asked_where_nothing_is_said() -> None:
    assert default_threads() >= 1
