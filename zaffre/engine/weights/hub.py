"""Files of Hugging Face repositories. Needs the `hub` extra, so it is imported only where an `hf:` source is used."""

from pathlib import Path

from huggingface_hub import hf_hub_download

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import HubSource


def download(source: HubSource, progress: Progress) -> Path:
    """The file in Hugging Face's own cache, fetched where it is missing there (that library shows its own bar).

    Raises WeightsError where the file is neither there nor to be had.
    """
    progress.check()
    progress.say(f"looking for {source.label}")
    try:
        return Path(hf_hub_download(source.repo, source.file, revision=source.revision))
    except Exception as problem:
        raise WeightsError(f"{source.label} could not be fetched: {problem}") from problem
