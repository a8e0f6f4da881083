"""The addresses of a project: any project's, since a server has one set of deployments.

/api/projects/PROJECT/openai/v1/ROUTE   v1; `/openai/ROUTE` below it, too
/api/projects/PROJECT/ROUTE             what a project has
"""

from collections.abc import Sequence

from zaffre.api.foundry.connections import connection, connection_with_credentials, connections
from zaffre.api.foundry.deployments import deployment, deployments
from zaffre.api.openai.addresses import below_v1
from zaffre.api.place import Place
from zaffre.core.surface import Surface


def find(steps: Sequence[str]) -> Place | None:
    """The place at a path's steps, percent-decoded."""
    match [step.lower() for step in steps[:4]]:
        case ["api", "projects", _, "openai"]:
            route = steps[4:]
            return below_v1(route[1:] if route and route[0].lower() == "v1" else route)
        case ["api", "projects", _, *_]:
            return _of_project(steps[3:])
    return None


def _of_project(steps: Sequence[str]) -> Place | None:
    match [step.lower() for step in steps]:
        case ["deployments"]:
            return Place(Surface.V1, {"GET": deployments})
        case ["deployments", _]:
            return Place(Surface.V1, {"GET": deployment}, item=steps[1])
        case ["connections"]:
            return Place(Surface.V1, {"GET": connections})
        case ["connections", _]:
            return Place(Surface.V1, {"GET": connection}, item=steps[1])
        case ["connections", _, "getconnectionwithcredentials"]:
            return Place(Surface.V1, {"POST": connection_with_credentials}, item=steps[1])
    return None
