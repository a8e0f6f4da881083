"""Writes configuration files and reads them back: the two lines that every test here begins with."""

from collections.abc import Mapping
from pathlib import Path

from zaffre.config.load import Loaded, load
from zaffre.config.mistakes import ConfigError

PROVIDERS = frozenset({"openai", "azure-openai", "mistral", "scripted", "local"})


class Folder:
    """A folder with a `zaffre.yaml` in it, and an environment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ: dict[str, str] = {}

    def write(self, text: str, name: str = "zaffre.yaml") -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, text: str | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
        """What the file means, written first where a text is given."""
        if text is not None:
            self.write(text)
        return load(self.path / "zaffre.yaml", environ=environ or self.environ, providers=PROVIDERS)

    def mistakes(self, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """The lines that refuse the file, with its folder left out; none where it is good."""
        try:
            self.load(text, environ)
        except ConfigError as error:
            return str(error).replace(f"{self.path}/", "").splitlines()
        return []
