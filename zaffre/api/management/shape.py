"""A deployment as Azure Resource Manager has it, and as the configuration file has it.

Source: `Deployment` in the REST API of Microsoft.CognitiveServices, version 2025-09-01.
"""

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from zaffre import catalog
from zaffre.config.schema import DeploymentConfig
from zaffre.core.errors import InvalidResource
from zaffre.core.limits import PerWindow
from zaffre.core.modality import Modality
from zaffre.core.resources import Kind
from zaffre.limits.rates import rate_limit
from zaffre.services.control.deployments import Managed
from zaffre.services.control.modality import modality_of
from zaffre.services.control.retirement import UPGRADE_OPTIONS

CAPABILITIES: Final = {
    Modality.CHAT: "chatCompletion",
    Modality.COMPLETIONS: "completion",
    Modality.TEXT_EMBEDDINGS: "embeddings",
    Modality.IMAGE_EMBEDDINGS: "imageEmbeddings",
    Modality.IMAGES: "imageGenerations",
    Modality.AUDIO: "audio",
}
_OPTIONS: Final = {azures.lower(): ours for ours, azures in UPGRADE_OPTIONS.items()}
WORDS: Final = {
    "model": "properties.model.name",
    "version": "properties.model.version",
    "publisher": "properties.model.publisher",
    "connection": "properties.model.source",
    "sku": "sku.name",
    "capacity": "sku.capacity",
    "content_filter": "properties.raiPolicyName",
    "version_upgrade": "properties.versionUpgradeOption",
    "spillover": "properties.spilloverDeploymentName",
    "tags": "tags",
}
"""Keys of the configuration that this shape has a word for. A PUT replaces them all, and leaves the others."""


class Sku(Struct):
    name: str
    capacity: int | None = None


class Model(Struct):
    name: str
    format: str | None = None
    version: str | None = None
    publisher: str | None = None
    source: str | None = None
    """The connection."""


class ScaleSettings(Struct, rename="camel"):
    """How capacity was said before there were skus."""

    scale_type: str | None = None
    capacity: int | None = None


class Properties(Struct, rename="camel"):
    model: Model
    scale_settings: ScaleSettings | None = None
    rai_policy_name: str | None = None
    version_upgrade_option: str | None = None
    spillover_deployment_name: str | None = None
    dynamic_throttling_enabled: bool | None = None
    parent_deployment_name: str | None = None


class Deployment(Struct):
    """What a PUT says."""

    properties: Properties
    sku: Sku | None = None
    tags: dict[str, str] | None = None


class DeploymentPatch(Struct):
    """What a PATCH says."""

    sku: Sku | None = None
    tags: dict[str, str] | None = None


def body_of(name: str, said: Deployment, connection: str, before: dict[str, Any]) -> dict[str, Any]:
    """What a PUT says, in the words of the configuration file.

    Args:
        before: the body that it replaces; empty: there is none.

    Raises:
        InvalidResource: it asks for what a gateway cannot mean.
    """
    properties = said.properties
    _meant(name, properties)
    same = (before.get("model"), before.get("connection")) == (properties.model.name, connection)
    kept = {key: value for key, value in before.items() if key not in WORDS} if same else {}
    sku = said.sku or _legacy(properties.scale_settings)
    words = {
        "model": properties.model.name,
        "version": properties.model.version,
        "publisher": properties.model.publisher,
        "connection": connection,
        "sku": sku and sku.name,
        "capacity": sku and (sku.capacity or 1),
        "content_filter": properties.rai_policy_name,
        "version_upgrade": _upgrade(name, properties.version_upgrade_option),
        "spillover": properties.spillover_deployment_name,
        "tags": said.tags,
    }
    return {**kept, **{key: value for key, value in words.items() if value not in (None, {})}}


def patched(said: DeploymentPatch, before: dict[str, Any]) -> dict[str, Any]:
    """The body after a PATCH."""
    sku = {} if said.sku is None else {"sku": said.sku.name}
    capacity = {} if said.sku is None or said.sku.capacity is None else {"capacity": said.sku.capacity}
    tags = {} if said.tags is None else {"tags": said.tags}
    return {**before, **sku, **capacity, **tags}


def _meant(name: str, properties: Properties) -> None:
    for field, said in (
        ("dynamicThrottlingEnabled", properties.dynamic_throttling_enabled),
        ("parentDeploymentName", properties.parent_deployment_name),
    ):
        if said:
            raise InvalidResource(Kind.DEPLOYMENT, name, [f"properties.{field} has no meaning here: leave it out"])


def _legacy(settings: ScaleSettings | None) -> Sku | None:
    """Standard, as it was said before there were skus."""
    return None if settings is None else Sku(settings.scale_type or "Standard", settings.capacity)


def _upgrade(name: str, option: str | None) -> str | None:
    if option is None:
        return None
    found = _OPTIONS.get(option.lower())
    if found is None:
        listed = ", ".join(UPGRADE_OPTIONS.values())
        raise InvalidResource(Kind.DEPLOYMENT, name, [f"properties.versionUpgradeOption: expected one of {listed}"])
    return found


def written(each: Managed, account: str, etag: str | None) -> dict[str, Any]:
    """A deployment as this surface answers it."""
    answer: dict[str, Any] = {
        "id": f"{account}/deployments/{each.name}",
        "type": "Microsoft.CognitiveServices/accounts/deployments",
        "name": each.name,
    }
    if etag is not None:
        answer["etag"] = etag
    if each.resource is not None:
        answer["systemData"] = {
            "createdAt": _time(each.resource.created),
            "lastModifiedAt": _time(each.resource.changed),
        }
    wanted = each.wanted
    if wanted is None:
        return {**answer, "properties": {"provisioningState": "Failed"}}
    if wanted.sku is not None:
        answer["sku"] = {"name": wanted.sku.value, **({"capacity": wanted.capacity} if wanted.capacity else {})}
    if wanted.tags:
        answer["tags"] = wanted.tags
    return {**answer, "properties": _properties(each, wanted)}


def _properties(each: Managed, wanted: DeploymentConfig) -> dict[str, Any]:
    facts = catalog.find(wanted.model)
    publisher = wanted.publisher or facts.publisher
    model = {
        "format": format_of(publisher),
        "name": wanted.model,
        "version": wanted.version,
        "publisher": publisher,
        "source": wanted.connection,
    }
    said = {
        "model": {key: value for key, value in model.items() if value},
        "raiPolicyName": wanted.content_filter,
        "versionUpgradeOption": UPGRADE_OPTIONS[wanted.version_upgrade],
        "rateLimits": _rate_limits(wanted),
        "capabilities": {CAPABILITIES[modality_of(wanted, facts)]: "true"},
        "currentCapacity": wanted.capacity,
        "spilloverDeploymentName": wanted.spillover,
        "provisioningState": "Failed" if each.problem else "Succeeded",
    }
    return {key: value for key, value in said.items() if value is not None}


def _rate_limits(wanted: DeploymentConfig) -> list[dict[str, Any]]:
    limit = rate_limit(wanted.sku, wanted.capacity, wanted.rpm, wanted.tpm)
    if limit is None:
        return []
    if not isinstance(limit, PerWindow):
        return [{"key": "token", "renewalPeriod": 60, "count": limit.tokens}]
    counts = (("request", limit.seconds, limit.requests), ("token", 60, limit.tokens))
    return [{"key": key, "renewalPeriod": seconds, "count": count} for key, seconds, count in counts if count]


def format_of(publisher: str) -> str:
    """Azure's name of who makes a model, without the spaces that names of usages cannot have."""
    return publisher.replace(" ", "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
