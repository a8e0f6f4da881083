"""The pages about clients show nothing that is not tested."""

import re
import textwrap
from pathlib import Path

import pytest

from tests.sdk.server import Server

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
PAGES = {page.stem: page.read_text() for page in [DOCS / "clients.md", *sorted((DOCS / "clients").glob("*.md"))]}
BLOCKS = {page: re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for page, text in PAGES.items()}
PROGRAMS = [*(HERE / "clients").iterdir(), *(HERE / "js").glob("*.mjs")]


@pytest.mark.parametrize(
    "snippet", [text for blocks in BLOCKS.values() for language, text in blocks if language != "sh"]
)
def test_every_snippet_is_part_of_a_program_that_runs(snippet: str) -> None:
    inside = textwrap.indent(snippet, "    ")
    texts = [program.read_text() for program in PROGRAMS if program.is_file()]
    assert any(snippet in text or inside in text for text in texts)


@pytest.mark.parametrize("page", PAGES)
def test_the_programs_get_the_variables_that_the_page_sets(server: Server, page: str) -> None:
    shown = [text for language, text in BLOCKS[page] if language == "sh"]
    named = {name for text in shown for name in re.findall(r"(\w+)=", text)}
    assert named
    assert named <= server.environment().keys()


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_the_versions_that_are_tested(page: str) -> None:
    pinned = "\n".join(file.read_text() for file in [*HERE.glob("requirements-*.txt"), HERE / "js" / "package.json"])
    rows = re.findall(r"^\| \[.*?\| (\d.*?) \|", PAGES[page], re.MULTILINE)
    assert rows
    for number in ", ".join(rows).split(", "):
        assert f"=={number}" in pinned or f'"{number}"' in pinned
