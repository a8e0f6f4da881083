"""Deployment, Principal: who is served by what."""

from msgspec import Struct

from zaffre.core.lifetime import Lifetime
from zaffre.core.limits import Limiter, Sku
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend, Chats, Completes, Embeds, EmbedsImages, Relays
from zaffre.core.screening import Screen

ABILITIES: dict[Modality, type] = {
    Modality.CHAT: Chats,
    Modality.COMPLETIONS: Completes,
    Modality.TEXT_EMBEDDINGS: Embeds,
    Modality.IMAGE_EMBEDDINGS: EmbedsImages,
    Modality.IMAGES: Relays,
    Modality.AUDIO: Relays,
}
"""The port a backend needs for each."""


class ModelInfo(Struct, frozen=True):
    """What `GET /info` says."""

    model_name: str
    model_type: str
    model_provider_name: str


class Deployment(Struct, frozen=True):
    """A name for a model under a configuration, ready to answer."""

    name: str
    model: str
    """Written as `model` in every answer."""
    backend: Backend
    modality: Modality
    serves: frozenset[Modality]
    """Its modality and what its backend can do beside it (chat models complete text)."""
    info: ModelInfo
    lacks: frozenset[str] = frozenset()
    """API parameters that this model cannot do."""
    hosts: tuple[str, ...] = ()
    version: str = ""
    """The model's, where the configuration says it."""
    limiter: Limiter | None = None
    """None: it answers whatever comes."""
    assumed_tokens: int = 0
    """What an answer is let in for where the call names no maximum."""
    sku: Sku | None = None
    """The capacity type, where the configuration says it."""
    capacity: int | None = None
    """In units of the capacity type."""
    spillover: str | None = None
    """The deployment to which it does."""
    lifetime: Lifetime | None = None
    """None: nothing is known of an end, or of another version."""
    screen: Screen | None = None
    """Its content filter."""
    elsewhere: bool = False
    """Another process of this server answers for it."""

    @property
    def version_today(self) -> str:
        """The version that is said to be the deployment's."""
        return self.version if self.lifetime is None else self.lifetime.version

    @property
    def provisioned(self) -> bool:
        """Whether its capacity is reserved: what is too much for it may spill over."""
        return self.sku is not None and self.sku.provisioned

    @property
    def unsupported(self) -> frozenset[str]:
        """API parameters to refuse: the model's, and the backend's, which may learn more while it loads."""
        backends = self.backend.unsupported
        return self.lacks | backends if backends else self.lacks


class AnsweredElsewhere(Exception):
    """Another process of this server answers for the deployment: it gets the request, of which nothing was done yet."""


class Principal(Struct, frozen=True):
    """Who calls, and what it may use."""

    name: str
    deployments: frozenset[str] | None = None
    """Lower-case deployment names; None means all."""
    limiter: Limiter | None = None
    """Keeps a rate limit of its own, beside the deployments'."""

    def may_use(self, deployment: Deployment) -> bool:
        return self.deployments is None or deployment.name.lower() in self.deployments
