"""From a deployment's configuration and the catalog's facts to a Deployment that can answer."""

from collections.abc import Collection

from zaffre.catalog import ModelFacts
from zaffre.config import modality
from zaffre.config.schema import DeploymentConfig
from zaffre.core.deployment import ABILITIES, Deployment, ModelInfo
from zaffre.core.lifetime import Lifetime
from zaffre.core.limits import Limiter
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.core.screening import Screen
from zaffre.services.control.modality import modality_of


def deployment(
    name: str,
    config: DeploymentConfig,
    facts: ModelFacts,
    backend: Backend,
    limiter: Limiter | None = None,
    lifetime: Lifetime | None = None,
    screen: Screen | None = None,
    *,
    real: bool = True,
    elsewhere: bool = False,
) -> Deployment:
    """The deployment, with all that it serves and all that it cannot do.

    Args:
        real: the model itself is behind it. A script only bears its name, and can do what the model cannot.
        elsewhere: another process of this server answers for it.
    """
    kind = modality_of(config, facts)
    wanted = {kind, *(facts.modalities if kind is facts.modality else ())}
    if kind is Modality.CHAT:
        wanted.add(Modality.COMPLETIONS)
    serves = frozenset(each for each in wanted if isinstance(backend, ABILITIES[each]))
    lacks: Collection[str] = facts.unsupported if real else ()
    if config.unsupported is not None:
        lacks = config.unsupported
    info = ModelInfo(config.model, config.model_type or modality.MODEL_TYPES[kind], config.publisher or facts.publisher)
    version = config.version or ""
    return Deployment(
        name,
        config.model,
        backend,
        kind,
        serves,
        info,
        frozenset(lacks),
        config.hosts,
        version,
        limiter=limiter,
        assumed_tokens=config.assumed_tokens,
        sku=config.sku,
        capacity=config.capacity,
        spillover=config.spillover,
        lifetime=lifetime,
        screen=screen,
        elsewhere=elsewhere,
    )
