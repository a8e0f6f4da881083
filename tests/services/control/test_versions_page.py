"""docs/versions.md: its example, the warning it shows, and its table are true."""

import re
from datetime import date
from pathlib import Path

import pytest

from zaffre.app.loading import read
from zaffre.core.lifetime import Calendar
from zaffre.services.control.retirement import UPGRADE_OPTIONS, notices

PAGE = (Path(__file__).parents[3] / "docs" / "versions.md").read_text(encoding="utf-8")


def test_the_pages_example_loads_and_has_the_warning_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", "a-key")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "zaffre.yaml"
    file.write_text(example, encoding="utf-8")
    loaded = read(file, calendar=Calendar())
    (shown,) = [line.strip() for line in PAGE.splitlines() if line.startswith("    warning: ")]
    (notice,) = notices(loaded.config, date(2026, 11, 25))
    place = loaded.outline.place(("deployments", notice.deployment, notice.key))
    text = re.sub(r"\(https://.*\)$", "(…)", notice.text)
    assert f"warning: zaffre.yaml:{place.line}: {place.key}: {text}" == shown


def test_the_table_has_every_option_in_azures_words() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert dict(rows) == UPGRADE_OPTIONS
