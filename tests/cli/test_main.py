"""The command itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, PYTHON, environment, written, zaffre
from zaffre import __version__


def test_the_version_is_said() -> None:
    done = zaffre("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"zaffre {__version__}\n", "")


def test_the_installed_command_is_the_same() -> None:
    command = shutil.which("zaffre", path=str(Path(PYTHON[0]).parent))
    assert command is not None
    assert subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout == (
        f"zaffre {__version__}\n"
    )


@pytest.mark.parametrize("arguments", [[], ["bake"], ["serve", "--nonsense"], ["check"], ["model"]])
def test_a_wrong_command_line_is_shown_the_right_one(arguments: list[str]) -> None:
    done = zaffre(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: zaffre")


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["check"], ["chat"], ["model"], ["model", "list"], ["model", "pull"]]
)
def test_every_command_has_help(command: list[str]) -> None:
    done = zaffre(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {' '.join(['zaffre', *command])}")


def test_a_reader_that_goes_early_is_no_reason_for_a_traceback(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [*PYTHON, "-m", "zaffre", "check", str(written(tmp_path))]
    done = subprocess.run(
        command,
        env=environment(ZAFFRE_KEY="a"),
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
        # Python ignores this signal unless its parent did otherwise.
        restore_signals=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_user_without_a_home_is_asked_for_a_data_folder(tmp_path: Path) -> None:
    nobody = {name: value for name, value in environment().items() if name not in ("HOME", "XDG_DATA_HOME")}
    program = "import pwd, runpy; pwd.getpwuid = lambda _: {}[0]; runpy.run_module('zaffre', run_name='__main__')"
    for arguments, status in ((["model", "list"], 2), (["--version"], 0)):
        command = [*PYTHON, "-c", program, *arguments]
        done = subprocess.run(command, env=nobody, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        assert ("--data" in done.stderr) == bool(status)
