"""`docs/limits.md` is true: its examples load, its units and its headers are the real ones."""

import re
from pathlib import Path

import pytest

from tests.config.written import Folder
from zaffre.api.limits import refusal_headers
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow, Provisioned, Sku, Standing
from zaffre.limits.rates import rate_limit

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
NAMES = {name: row for row in ROWS for name in re.findall(r"`([^`]+)`", row[0])}


def test_its_examples_load(tmp_path: Path) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        loaded = Folder(tmp_path).load(example + ("" if "deployments" in example else "deployments: {}"))
        assert loaded.config.deployments or loaded.config.limits


@pytest.mark.parametrize("sku", Sku)
def test_every_capacity_type_is_there_with_what_a_unit_is(sku: Sku) -> None:
    row, limit = NAMES[sku], rate_limit(sku, 1, None, None)
    if isinstance(limit, Provisioned):
        assert f"{limit.tokens:,} tokens a minute" in row[1]
    else:
        assert limit == PerWindow(1, 10, 1000)
        assert row[1] == "1 request in 10 seconds and 1,000 tokens a minute"


def test_every_header_is_there() -> None:
    full = LimitReached("demo", "tokens", 1, Standing(0, 0, 1, 0, 1, 1, 0, 1))
    full.spillover_error = 429
    provisioned = LimitReached("demo", "tokens", 1, Standing(utilization=1.1))
    said = [name.decode() for error in (full, provisioned) for name, _ in refusal_headers(error)]
    assert len(said) == 6 + 2 + 2
    assert all(f"`{name}`" in PAGE for name in said)
