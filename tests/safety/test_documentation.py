"""`docs/content-safety.md` is true: its example loads, its tables say what the code does."""

import re
from pathlib import Path

from tests.config.written import Folder
from zaffre.config.filters import FilterConfig, PersonalData
from zaffre.gateway.screening import pieces, pulling, shown
from zaffre.safety.patterns import OVERLAP, PART
from zaffre.safety.policy import SYSTEM

PAGE = (Path(__file__).parents[2] / "docs" / "content-safety.md").read_text()


def test_the_example_loads(tmp_path: Path) -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    loaded = Folder(tmp_path).load(example)
    assert loaded.warnings == ()
    assert {name: each.content_filter for name, each in loaded.config.deployments.items()} == {
        "assistant": "support",
        "research": "off",
    }


def test_the_filters_that_are_always_there_are_as_the_table_has_them() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.count(" | ") == 2]
    told = {name: row[1:] for row in rows[:6] for name in re.findall(r"`(\w+)`", row[0])}
    for name, values in told.items():
        kept = [getattr(SYSTEM[f"Microsoft.{which}"], name) or "off" for which in ("DefaultV2", "Default")]
        assert kept == values, name
    assert len(told) == 9


def test_every_kind_of_personal_data_is_named() -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith("| `pii`")]
    assert set(re.findall(r"`(\w+)`", row)) == {"pii", *PersonalData.__args__}  # type: ignore[attr-defined]


def test_the_figures_are_those_of_the_code() -> None:
    for figure in (pieces.PIECE, pieces.WINDOW):
        assert f"{figure} characters" in PAGE
    assert pulling.PATIENCE * 1000 == 150
    assert (pieces.LONGEST_MASKED, shown.MOST_AHEAD, OVERLAP, PART) == (1000, 1000, 1000, 8000)


def test_every_key_of_a_filter_is_spoken_of_somewhere() -> None:
    spoken = {name for name in FilterConfig.__struct_fields__ if name in PAGE}
    assert spoken == set(FilterConfig.__struct_fields__)
