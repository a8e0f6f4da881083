"""From the file and the environment to a Config. Nothing else in zaffre reads the environment."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from zaffre.config.checks import Review, granted, idle, with_default_spelled
from zaffre.config.mistakes import ConfigError, Mistake, Place, Unfit
from zaffre.config.outline import Outline
from zaffre.config.reading import WRONG, Reader
from zaffre.config.references import References
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig, ProviderName
from zaffre.config.secret import Secret
from zaffre.config.tree import MappingNode, Node, Scalar, compose


class Loaded(Struct, frozen=True):
    """A configuration file that was read without a mistake."""

    config: Config
    warnings: tuple[str, ...]
    files: frozenset[Path]
    """Every file that the configuration depends on: when one changes, load again."""
    outline: Outline
    """Where its keys stand, for mistakes that are found later: `Mistake(outline.place(keys), expected, found)`."""


class Proxies(Struct, frozen=True):
    """HTTP proxies for upstream calls, as the environment names them. Their URLs may hold a password."""

    by_scheme: dict[str, Secret]
    """`http` or `https`, as the upstream's address has it, to the proxy's URL."""
    no_proxy: str = ""
    """Hosts, suffixes and addresses that are called directly, separated by commas; `*` means all."""


def load(path: Path | str, *, environ: Mapping[str, str] = os.environ, providers: Collection[str]) -> Loaded:
    """Read and check a configuration file.

    Args:
        path: the file; relative paths in it start at its folder.
        environ: what `env:NAME` means.
        providers: names of the providers that this server has.

    Raises:
        ConfigError: with every mistake in the file and in the rules files it names.
    """
    path = Path(path)
    mistakes: list[Mistake] = []
    references = References(path.parent, environ, providers, mistakes)
    try:
        node = compose(references.text(path.absolute()), str(path), mistakes)
    except Unfit as unfit:
        mistakes.append(Mistake(Place(str(path)), unfit.expected or "a file that can be read", unfit.found or "none"))
        node = None
    config = None if node is None else _config(node, str(path), references, mistakes)
    if node is None or config is None or mistakes:
        raise ConfigError(_in_order(mistakes, str(path)), references.files)
    outline = Outline(node, str(path))
    warnings = [*references.warnings, *_empty(config, str(path)), *idle(config, outline), *granted(config, outline)]
    return Loaded(with_default_spelled(config), tuple(warnings), frozenset(references.files), outline)


def _config(node: Node, file: str, references: References, mistakes: list[Mistake]) -> Config | None:
    if isinstance(node, Scalar) and node.nothing:
        node = MappingNode(node.line, {}, {})
    config = Reader(file, references.resolvers(), mistakes).read(node, Config, "")
    if config is WRONG:
        return None
    Review(config, node, Outline(node, file), mistakes).run()
    return config  # type: ignore[no-any-return]


def _in_order(mistakes: Iterable[Mistake], file: str) -> list[Mistake]:
    """By line, the configuration file's own first."""
    return sorted(
        mistakes, key=lambda mistake: (mistake.place.file != file, mistake.place.file, mistake.place.line or 0)
    )


def _empty(config: Config, file: str) -> list[str]:
    if config.deployments:
        return []
    return [f"{Place(file)}: deployments is empty: no model is served"]


def defaults(keys: Iterable[Secret] = ()) -> Config:
    """The configuration of a server without a file: two local models."""
    return Config(
        keys=tuple(keys),
        connections={"local": ConnectionConfig(ProviderName("local"))},
        deployments={
            "smollm2": DeploymentConfig("smollm2-135m-instruct", "local"),
            "minilm": DeploymentConfig("all-minilm-l6-v2", "local"),
        },
    )


def proxies(environ: Mapping[str, str] = os.environ) -> Proxies:
    """HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either letter case; the lower one wins, as in curl."""

    def value(name: str) -> str:
        return environ.get(name) or environ.get(name.upper()) or ""

    by_scheme = {scheme: value(f"{scheme}_proxy") or value("all_proxy") for scheme in ("http", "https")}
    return Proxies({scheme: Secret(url) for scheme, url in by_scheme.items() if url}, value("no_proxy"))


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where keys, models and certificates are kept: `$XDG_DATA_HOME/zaffre`, else `~/.local/share/zaffre`."""
    base = environ.get("XDG_DATA_HOME", "")
    # The XDG specification asks to ignore a relative path here.
    if base and Path(base).is_absolute():
        return Path(base) / "zaffre"
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / ".local" / "share" / "zaffre"
