"""The wheel: built, installed beside nothing of the checkout, and served from elsewhere."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, environment, serving, written

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    # Without isolation nothing is fetched: hatchling is among the requirements of the tests.
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    found = folder / "bin" / "python"
    packages = next((folder / "lib").glob("python*/site-packages"))
    # A plain path, so that what is installed there in editable form, zaffre itself, does not come along.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed", "--no-cache-dir"]
    command = [sys.executable, "-m", "pip", "--python", str(found), "install", *options, str(wheel)]
    subprocess.run(command, check=True, timeout=PATIENCE, env=environment(PIP_DISABLE_PIP_VERSION_CHECK="1"))
    return found


@pytest.fixture
def _no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of another zaffre, which whoever runs the tests may have named."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


elsewhere = pytest.mark.usefixtures("_no_other")


def test_it_holds_the_types_mark_the_catalog_the_queries_and_the_licence_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "zaffre/py.typed" in names
    assert "zaffre/catalog/models.toml" in names
    assert {"zaffre/store/sql/responses.sql", "zaffre/store/versions/0001_responses.sql"} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"zaffre"}
    ours = [name for name in names if ".dist-info" not in name]
    known = (".lua", ".py", ".sql", ".toml", "py.typed", "safety/profanity.txt", ".npz")
    assert not [name for name in ours if not name.endswith(known)]
    assert {"zaffre/safety/profanity.txt", "zaffre/safety/local/weights.npz"} <= set(names)


@elsewhere
def test_its_command_runs_from_elsewhere(python: Path, tmp_path: Path) -> None:
    where = "import zaffre; print(zaffre.__file__)"
    found = subprocess.run([python, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(python.parents[1])
    command = [python.with_name("zaffre"), "--version"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.startswith("zaffre ")


@elsewhere
def test_it_serves_from_elsewhere(python: Path, tmp_path: Path) -> None:
    written(tmp_path)
    with serving("--config", "zaffre.yaml", "--data", "data", cwd=tmp_path, python=python) as server:
        assert server.chat("Hello!") == (200, "You said: Hello!")
        assert server.post("/openai/v1/responses", {"model": "demo", "input": "Hello!"})[0] == 200
