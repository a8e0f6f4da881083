"""`docs/clients.md` shows nothing that is not tested."""

import re
import textwrap
from pathlib import Path

import pytest

from tests.sdk.server import Server

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "clients.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PROGRAMS = [*(HERE / "clients").iterdir(), *(HERE / "js").glob("*.mjs")]


@pytest.mark.parametrize("snippet", [text for language, text in BLOCKS if language != "sh"])
def test_every_snippet_is_part_of_a_program_that_runs(snippet: str) -> None:
    inside = textwrap.indent(snippet, "    ")
    texts = [program.read_text() for program in PROGRAMS if program.is_file()]
    assert any(snippet in text or inside in text for text in texts)


def test_the_programs_get_the_variables_that_the_page_sets(server: Server) -> None:
    named = {name for language, text in BLOCKS if language == "sh" for name in re.findall(r"(\w+)=", text)}
    assert named <= server.environment().keys()


def test_the_page_names_the_versions_that_are_tested() -> None:
    pinned = "\n".join(file.read_text() for file in [*HERE.glob("requirements-*.txt"), HERE / "js" / "package.json"])
    rows = re.findall(r"^\| \[.*?\| (\d.*?) \|", PAGE, re.MULTILINE)
    assert len(rows) == 7
    for number in ", ".join(rows).split(", "):
        assert f"=={number}" in pinned or f'"{number}"' in pinned
