"""The pages about clients show nothing that is not tested, and name all that is."""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.server import Server

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
PAGES = {page.stem: page.read_text() for page in [DOCS / "clients.md", *sorted((DOCS / "clients").glob("*.md"))]}
BLOCKS = {page: re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for page, text in PAGES.items()}
SNIPPETS = [(page, text) for page, blocks in BLOCKS.items() for language, text in blocks if language != "sh"]
PROGRAMS = [*(HERE / "clients").iterdir(), *(HERE / "js").glob("*.mjs")]
REQUIREMENTS = sorted(HERE.glob("requirements-*.txt"))
PACKAGES = json.loads((HERE / "js" / "package.json").read_text())["dependencies"]
VERSIONS = {page: re.findall(r"^\| \[.*?\| (\d.*?) \|", text, re.MULTILINE) for page, text in PAGES.items()}
"""Of each page, the versions in its table."""


def asked_for() -> Iterator[str]:
    """What the environments ask for by name, and not because something else needs it: lines such as `openai==3.0`."""
    for file in REQUIREMENTS:
        yield from re.findall(r"^\S+==\S+$", file.read_text().partition("\n\n")[0], re.MULTILINE)


@pytest.mark.parametrize(("page", "snippet"), SNIPPETS)
def test_every_snippet_is_part_of_a_program_that_runs(page: str, snippet: str) -> None:
    texts = [program.read_text() for program in PROGRAMS if program.is_file()]
    deeper = [textwrap.indent(snippet, " " * depth) for depth in (0, 4, 8)]
    assert any(shown in text for shown in deeper for text in texts), page


@pytest.mark.parametrize("page", PAGES)
def test_the_programs_get_the_variables_that_the_page_sets(server: Server, page: str) -> None:
    shown = [text for language, text in BLOCKS[page] if language == "sh"]
    named = {name for text in shown for name in re.findall(r"(\w+)=", text)}
    assert named <= server.environment().keys()


@pytest.mark.parametrize("page", [page for page, versions in VERSIONS.items() if versions])
def test_the_page_names_the_versions_that_are_tested(page: str) -> None:
    pinned = "\n".join(file.read_text() for file in REQUIREMENTS)
    for number in ", ".join(VERSIONS[page]).split(", "):
        assert f"=={number}\n" in pinned or number in PACKAGES.values()


@pytest.mark.parametrize("requirement", sorted(set(asked_for())))
def test_every_client_that_is_tested_stands_in_the_table(requirement: str) -> None:
    name, _, version = requirement.partition("==")
    beside = {"aiohttp", "azure-identity", "mcp", "pytest", "pytest-asyncio"}
    rows = [row for row in PAGES["clients"].splitlines() if row.startswith("| [")]
    assert name in beside or any(name in row and version in row for row in rows)
