"""A machine without the extra `local`, or with one that does not load."""

from pathlib import Path

import pytest

from tests.cli.command import KEY, environment, serving, written, zaffre

LOCAL = "connections: {l: {provider: local}}\ndeployments: {tiny: {model: smollm2-135m-instruct, connection: l}}\n"


@pytest.fixture
def without(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that has no xllamacpp."""
    return _with_site(tmp_path, "import sys\nsys.modules['xllamacpp'] = None\n", "sitecustomize.py")


def _with_site(folder: Path, program: str, name: str) -> dict[str, str]:
    site = folder / "site"
    site.mkdir()
    (site / name).write_text(program)
    return environment(ZAFFRE_KEY=KEY, PYTHONPATH=str(site))


def test_without_it_the_other_providers_work(tmp_path: Path, without: dict[str, str]) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, env=without) as server:
        assert server.chat("Hello!") == (200, "You said: Hello!")


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["model", "list"], ["model", "pull"]])
def test_without_it_the_default_models_say_what_to_install(
    tmp_path: Path, without: dict[str, str], command: list[str]
) -> None:
    done = zaffre(*command, "--data", tmp_path, env=without)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "zaffre: local models need the extra `local`: pip install 'zaffre[local]'\n"


def test_without_it_a_file_with_local_models_is_a_mistake_that_says_so(tmp_path: Path, without: dict[str, str]) -> None:
    config = written(tmp_path, LOCAL)
    done = zaffre("check", config, env=without)
    assert done.returncode == 2
    assert f"{config}:2: deployments.tiny: expected " in done.stderr
    assert "pip install 'zaffre[local]'" in done.stderr


def test_without_it_a_reload_that_wants_it_is_refused(tmp_path: Path, without: dict[str, str]) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path, env=without) as server:
        config.write_text(LOCAL)
        server.reloaded()
        assert "pip install 'zaffre[local]'" in server.err.text
        assert server.chat("Hello!")[0] == 200


def test_one_that_does_not_load_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    broken = _with_site(tmp_path, "raise ImportError('libgomp.so.1: cannot open shared object file')", "xllamacpp.py")
    done = zaffre("serve", "--port", "0", "--data", tmp_path, env=broken)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "zaffre: the extra `local` is installed, but does not load: libgomp.so.1: cannot open shared object file\n"
    )
