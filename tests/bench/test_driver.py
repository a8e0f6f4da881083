"""The load driver and the mock, as programs."""

import shutil
from pathlib import Path

import pytest

from bench.load import run_load
from bench.targets import direct, mock
from bench.workloads import WORKLOADS

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler is needed")
STEADY, STREAM = (workload for workload in WORKLOADS if workload.name in ("steady", "stream"))


def test_at_a_fixed_rate_every_request_that_is_due_is_sent_and_no_other(tmp_path: Path) -> None:
    with mock(None) as model:
        before = model.stats().requests
        sample = run_load(STEADY, direct(model), model, None, tmp_path, seconds=0.3)
        asked = model.stats().requests - before
    assert (sample.good, sample.bad, asked) == (30, 0, 30)


def test_an_answer_of_another_size_is_a_bad_one(tmp_path: Path) -> None:
    with mock(None) as model:
        sample = run_load(STEADY, direct(model), model, None, tmp_path, seconds=0.1, size=1)
    assert (sample.good, sample.bad) == (0, 10)
    assert "10 incomplete" in sample.complaint


def test_a_stream_is_good_with_all_its_events(tmp_path: Path) -> None:
    with mock(None) as model:
        sample = run_load(STREAM, direct(model), model, None, tmp_path, requests=5)
    assert (sample.good, sample.bad) == (5, 0)
