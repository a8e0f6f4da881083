"""What the keys of a deployment's capacity ask of each other."""

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from zaffre.config.mistakes import known, quoted
from zaffre.config.schema import DeploymentConfig


class Complaint(Struct, frozen=True):
    """Which key is wrong, what was expected there, what was found."""

    key: str
    expected: str
    found: str


def complaints(
    name: str, deployment: DeploymentConfig, deployments: Mapping[str, DeploymentConfig], names: Collection[str]
) -> Iterator[Complaint]:
    """What is wrong with a deployment's capacity.

    Args:
        name: the deployment's.
        deployments: all that could be read.
        names: of all that the file has.
    """
    sku, capacity = deployment.sku, deployment.capacity
    provisioned = sku is not None and sku.provisioned
    if capacity is not None and sku is None:
        yield Complaint("capacity", "a sku beside it, which says what a unit is", "none")
    if sku is not None and capacity is None and not (deployment.rpm or deployment.tpm):
        yield Complaint("capacity", f"a number of units of {sku}", "nothing")
    if provisioned and deployment.rpm is not None:
        yield Complaint("rpm", "no rpm with provisioned capacity", f"sku: {sku}")
    if deployment.spillover is None:
        return
    if not provisioned:
        yield Complaint("spillover", "spillover only with a provisioned sku", f"sku: {sku}" if sku else "none")
    yield from _of_target(name, deployment.spillover, deployments, names)


def _of_target(
    name: str, wanted: str, deployments: Mapping[str, DeploymentConfig], names: Collection[str]
) -> Iterator[Complaint]:
    others = [each for each in names if each.lower() != name.lower()]
    if wanted.lower() not in {each.lower() for each in others}:
        yield Complaint("spillover", known(others, "other deployment", wanted), quoted(wanted))
        return
    there = next((found for each, found in deployments.items() if each.lower() == wanted.lower()), None)
    if there is not None and there.sku is not None and there.sku.provisioned:
        yield Complaint("spillover", "a deployment without a provisioned sku", f"{quoted(wanted)} (sku: {there.sku})")
