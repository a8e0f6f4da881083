"""Which kind of work a deployment does."""

from zaffre.catalog import ModelFacts
from zaffre.config import modality
from zaffre.config.schema import DeploymentConfig
from zaffre.core.modality import Modality


def modality_of(config: DeploymentConfig, facts: ModelFacts) -> Modality:
    """What the configuration says, else what its `model_type` means, else what the catalog knows."""
    if config.modality is not None:
        return config.modality
    meant = modality.modality_of(config.model_type) if config.model_type else None
    return meant or facts.modality
