"""The addresses of the Azure OpenAI and OpenAI v1 surfaces, their words in any letter case:

/openai/deployments/NAME/ROUTE         classic, with `api-version`
/openai/ROUTE                          classic; without `api-version` as v1, which is how some clients ask
/openai/v1/ROUTE, /v1/ROUTE            v1: the body's `model` names the deployment
/openai/v1/deployments/NAME/ROUTE      v1, from AzureOpenAI clients with a base URL that ends in v1

Sources: https://learn.microsoft.com/azure/ai-foundry/openai/reference and what published clients send.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zaffre.api.openai import responses
from zaffre.api.openai.chat import chat
from zaffre.api.openai.completions import completions
from zaffre.api.openai.deployments import deployment, deployments
from zaffre.api.openai.embeddings import embeddings
from zaffre.api.openai.models import model, models
from zaffre.api.openai.moderations import moderations
from zaffre.api.openai.relayed import relaying
from zaffre.api.place import Endpoint, Place
from zaffre.core.relay import AUDIO, IMAGES
from zaffre.core.surface import Surface

Routes = Mapping[str, Mapping[str, Endpoint]]

_OF_DEPLOYMENTS: Final[Routes] = {
    "chat/completions": {"POST": chat},
    "completions": {"POST": completions},
    "embeddings": {"POST": embeddings},
    # Azure has it beside the deployments only, but two JavaScript clients ask for it here.
    "responses": {"POST": responses.create},
    **{route: {"POST": relaying(route)} for route in (*IMAGES, *AUDIO)},
}
"""What a deployment's own address has."""

_OF_RESOURCES: Final[Routes] = {
    "models": {"GET": models},
    "models/*": {"GET": model},
    "responses/input_tokens": {"POST": responses.input_tokens},
    "responses/*": {"GET": responses.retrieve, "DELETE": responses.delete},
    "responses/*/cancel": {"POST": responses.cancel},
    "responses/*/input_items": {"GET": responses.input_items},
}
_V1_ONLY: Final[Routes] = {
    # Azure has no such route, and OpenAI's clients ask for it beside the deployments.
    "moderations": {"POST": moderations},
}
_SHARED: Final[Routes] = {**_OF_DEPLOYMENTS, **_OF_RESOURCES}
_CLASSIC_ONLY: Final[Routes] = {
    "deployments": {"GET": deployments},
    "deployments/*": {"GET": deployment},
}
_VERSIONED: Final = frozenset({"models", "deployments"})
"""What is classic below `/openai` even without an `api-version`, and refused without one."""

_V1: Final[Routes] = {**_SHARED, **_V1_ONLY}
EXACT: Final = {f"/openai/v1/{route}": Place(Surface.V1, methods) for route, methods in _V1.items() if "*" not in route}


def find(steps: Sequence[str], versioned: bool) -> Place | None:
    """The place at a path's steps, percent-decoded; None where nothing is.

    Args:
        versioned: the request has an `api-version`.
    """
    words = [step.lower() for step in steps[:2]]
    match words:
        case ["openai", "v1", *_]:
            return below_v1(steps[2:])
        case ["openai", *_]:
            return _below_openai(steps[1:], versioned)
        case ["v1", *_]:
            return below_v1(steps[1:])
    return None


def below_v1(steps: Sequence[str], deployment: str | None = None) -> Place | None:
    """The place of a v1 route.

    Args:
        deployment: the one that the address before it names.
    """
    if deployment is None and len(steps) > 2 and steps[0].lower() == "deployments":
        return _at(Surface.V1, _OF_DEPLOYMENTS, steps[2:], steps[1])
    return _at(Surface.V1, _V1, steps, deployment)


def _below_openai(steps: Sequence[str], versioned: bool) -> Place | None:
    if len(steps) > 2 and steps[0].lower() == "deployments":
        return _at(Surface.CLASSIC, _OF_DEPLOYMENTS, steps[2:], steps[1])
    classic = versioned or (bool(steps) and steps[0].lower() in _VERSIONED)
    surface = Surface.CLASSIC if classic else Surface.V1
    return _at(surface, _CLASSIC_ONLY, steps) or _at(surface, _SHARED, steps)


def _at(surface: Surface, routes: Routes, steps: Sequence[str], deployment: str | None = None) -> Place | None:
    """The place in a table: of the steps themselves, or with an id for the second of them."""
    words = [step.lower() for step in steps]
    methods = routes.get("/".join(words))
    if methods is not None:
        return Place(surface, methods, deployment)
    if len(words) < 2:
        return None
    methods = routes.get("/".join([words[0], "*", *words[2:]]))
    return None if methods is None else Place(surface, methods, deployment, steps[1])
