"""Deployments whose models are no longer there."""

from zaffre.core.deployment import Deployment
from zaffre.core.errors import ModelRetired


def refuse_retired(deployment: Deployment) -> None:
    """Raises ModelRetired: the day has come from which the deployment's model is not there."""
    lifetime = deployment.lifetime
    if lifetime is not None and lifetime.retires is not None and lifetime.over:
        raise ModelRetired(deployment.name, f"{deployment.model} {lifetime.version}".rstrip(), lifetime.retires)
