"""The optional extra `local`: models in this process. This module is imported only where a configuration has some."""

from pathlib import Path

from zaffre.app.unavailable import Unavailable
from zaffre.catalog import ModelFacts
from zaffre.config.data import private
from zaffre.config.schema import ConnectionConfig, DeploymentConfig
from zaffre.core.modality import Modality
from zaffre.engine.local import LocalModel, LocalModels, Options
from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.prepare import Wanted, prepare, prepared
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import parse_source
from zaffre.services.control.modality import modality_of

__all__ = ["LocalModels", "fetch", "kept", "local_model", "weights_folder"]

EMBEDDINGS = frozenset({Modality.TEXT_EMBEDDINGS, Modality.IMAGE_EMBEDDINGS})


def weights_folder(data: Path) -> Path:
    """Where weights are kept."""
    return private(data) / "models"


def local_model(wanted: DeploymentConfig, connection: ConnectionConfig, facts: ModelFacts) -> LocalModel:
    """What a deployment on a local connection runs.

    Raises:
        Unavailable: nobody says where its weights are, or in words that mean nothing.
    """
    options = Options(
        embeds=modality_of(wanted, facts) in EMBEDDINGS,
        threads=connection.threads,
        parallel=connection.parallel,
        context=wanted.context or connection.context,
    )
    weights = weights_of(wanted, facts)
    return LocalModel(weights, options) if connection.queue is None else LocalModel(weights, options, connection.queue)


def weights_of(wanted: DeploymentConfig, facts: ModelFacts) -> Wanted:
    """The weights of a deployment: its own `source`, else the catalog's.

    Raises:
        Unavailable
    """
    source = wanted.source or facts.source
    if source is None:
        raise Unavailable(f"the catalog knows no weights of {wanted.model}; say where they are: source:")
    try:
        return Wanted(parse_source(source), wanted.sha256 or (None if wanted.source else facts.sha256))
    except WeightsError as error:
        raise Unavailable(str(error)) from None


def fetch(wanted: DeploymentConfig, facts: ModelFacts, data: Path) -> Path:
    """Fetch, check and convert the weights where that has not been done; the file. Blocks.

    Raises:
        Unavailable: they cannot be had; the message says why.
    """
    try:
        return prepare(weights_of(wanted, facts), weights_folder(data), Progress())
    except WeightsError as error:
        raise Unavailable(str(error)) from error


def kept(wanted: DeploymentConfig, facts: ModelFacts, data: Path) -> Path | None:
    """The file, if nothing is left to fetch or convert.

    Raises:
        Unavailable
    """
    return prepared(weights_of(wanted, facts), weights_folder(data), Progress())
