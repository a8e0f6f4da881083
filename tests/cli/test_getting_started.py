"""`docs/getting-started.md` and `README.md`: what they show works."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, Server, answered, environment, serving, zaffre
from zaffre.cli.main import parser

PAGE = (Path(__file__).parents[2] / "docs" / "getting-started.md").read_text()
README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str, page: str = PAGE) -> list[str]:
    """The page's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """What the page types into a shell."""
    lines = (line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines())
    return [shlex.split(line) for line in lines]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, warm_models: Path) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("started")
    (data / "models").symlink_to(warm_models)
    with serving("--data", data) as started:
        yield started


def live(block: str, server: Server) -> str:
    """The block with this server's address and key."""
    return block.replace("http://127.0.0.1:8080", server.url).replace("THE-KEY", server.key)


@pytest.mark.parametrize("program", blocks("python"))
def test_the_python_blocks_run(server: Server, program: str) -> None:
    answered([sys.executable, "-c", live(program, server)])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_curl_block_runs(server: Server) -> None:
    (block,) = [block for block in blocks("sh") if block.startswith("curl")]
    command = ["sh", "-c", live(block, server)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert len(json.loads(done.stdout)["data"][0]["embedding"]) == 384


@pytest.mark.parametrize("program", blocks("python", README))
def test_the_python_blocks_of_the_readme_run(server: Server, program: str) -> None:
    answered([sys.executable, "-c", f"KEY = {server.key!r}\n{live(program, server)}"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_curl_block_of_the_readme_runs(server: Server) -> None:
    (block,) = blocks("sh", README)
    command = ["sh", "-c", live(block, server)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=True, env=environment(KEY=server.key)
    )
    assert len(json.loads(done.stdout)["data"][0]["embedding"]) == 384


def test_the_banner_is_as_shown(server: Server) -> None:
    shown = live(blocks("text")[0], server)
    assert server.out.text.startswith(shown)


def test_every_zaffre_command_is_one() -> None:
    typed = [command for command in commands() if Path(command[0]).name == "zaffre"]
    assert len(typed) > 5
    for command in typed:
        parser().parse_args(command[1:])


def test_every_make_command_is_a_target() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    targets = [command[1] for command in commands() if command[0] == "make"] + re.findall(r"`make ([a-z]+)`", PAGE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("page", [PAGE, README], ids=["page", "readme"])
def test_the_configuration_is_good(tmp_path: Path, page: str) -> None:
    (block,) = blocks("yaml", page)
    (tmp_path / "zaffre.yaml").write_text(block)
    secrets = dict.fromkeys(re.findall(r"env:(\w+)", block), "a")
    done = zaffre("check", tmp_path / "zaffre.yaml", env=environment(**secrets))
    assert (done.returncode, done.stderr) == (0, "")


def test_every_link_leads_to_a_page() -> None:
    folder = Path(__file__).parents[2] / "docs"
    links = re.findall(r"\]\(([^)#]+)", PAGE)
    assert links
    for link in links:
        assert (folder / link).is_file(), link
