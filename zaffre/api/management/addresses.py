"""The addresses below `/subscriptions`, their words in any letter case. Any names of subscriptions, resource groups and
accounts lead to this server, and are repeated in its answers.

/subscriptions/S/[resourceGroups/G/]providers/Microsoft.CognitiveServices/accounts
/subscriptions/S/resourceGroups/G/providers/Microsoft.CognitiveServices/accounts/A[/...]
/subscriptions/S/providers/Microsoft.CognitiveServices/locations/L/models|usages|raiContentFilters[/F]
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zaffre.api.management import account, blocklists, catalogue, deployments, filters, keys, models, usages
from zaffre.api.place import Endpoint, Place
from zaffre.core.surface import Surface

_OURS: Final = "microsoft.cognitiveservices"
_OF_ACCOUNT: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "deployments": {"GET": deployments.listed},
    "raipolicies": {"GET": filters.listed},
    "raiblocklists": {"GET": blocklists.listed},
    "listkeys": {"POST": keys.listed},
    "regeneratekey": {"POST": keys.regenerate},
    "models": {"GET": models.of_account},
    "usages": {"GET": usages.listed},
}
_DEPLOYMENT: Final[Mapping[str, Endpoint]] = {
    "GET": deployments.retrieve,
    "PUT": deployments.put,
    "PATCH": deployments.patch,
    "DELETE": deployments.delete,
}
_FILTER: Final[Mapping[str, Endpoint]] = {"GET": filters.retrieve, "PUT": filters.put, "DELETE": filters.delete}
_BLOCKLIST: Final[Mapping[str, Endpoint]] = {
    "GET": blocklists.retrieve,
    "PUT": blocklists.put,
    "DELETE": blocklists.delete,
}
_OF_BLOCKLIST: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "raiblocklistitems": {"GET": blocklists.items},
    "addraiblocklistitems": {"POST": blocklists.add},
    "deleteraiblocklistitems": {"POST": blocklists.remove},
}
_BLOCKLIST_ITEM: Final[Mapping[str, Endpoint]] = {
    "GET": blocklists.retrieve_item,
    "PUT": blocklists.put_item,
    "DELETE": blocklists.delete_item,
}
_OF_LOCATION: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "models": {"GET": models.of_location},
    "usages": {"GET": usages.listed},
    "raicontentfilters": {"GET": catalogue.listed},
}


def find(steps: Sequence[str]) -> Place | None:
    """The place at a path's steps, percent-decoded; None where nothing is."""
    words = [step.lower() for step in steps]
    if _OURS not in words:
        return None
    match words:
        case ["subscriptions", _, "resourcegroups", _, "providers", _, "accounts", _, *rest]:
            return _of_account(rest, steps)
        case ["subscriptions", _, "resourcegroups", _, "providers", _, "accounts"]:
            return Place(Surface.MANAGEMENT, {"GET": account.listed})
        case ["subscriptions", _, "providers", _, "accounts"]:
            return Place(Surface.MANAGEMENT, {"GET": account.listed})
        case ["subscriptions", _, "providers", _, "locations", _, what]:
            methods = _OF_LOCATION.get(what)
            return None if methods is None else Place(Surface.MANAGEMENT, methods)
        case ["subscriptions", _, "providers", _, "locations", _, "raicontentfilters", _]:
            return Place(Surface.MANAGEMENT, {"GET": catalogue.retrieve}, item=steps[-1])
    return None


def _of_account(rest: Sequence[str], steps: Sequence[str]) -> Place | None:
    match rest:
        case []:
            return Place(Surface.MANAGEMENT, {"GET": account.retrieve})
        case [what] if what in _OF_ACCOUNT:
            return Place(Surface.MANAGEMENT, _OF_ACCOUNT[what])
        case ["deployments", _]:
            return Place(Surface.MANAGEMENT, _DEPLOYMENT, deployment=steps[-1])
        case ["raipolicies", _]:
            return Place(Surface.MANAGEMENT, _FILTER, item=steps[-1])
        case ["raiblocklists", _]:
            return Place(Surface.MANAGEMENT, _BLOCKLIST, item=steps[-1])
        case ["raiblocklists", _, what] if what in _OF_BLOCKLIST:
            return Place(Surface.MANAGEMENT, _OF_BLOCKLIST[what], item=steps[-2])
        case ["raiblocklists", _, "raiblocklistitems", _]:
            return Place(Surface.MANAGEMENT, _BLOCKLIST_ITEM, item=f"{steps[-3]}/{steps[-1]}")
        case ["deployments", _, "skus"]:
            return Place(Surface.MANAGEMENT, {"GET": deployments.skus}, deployment=steps[-2])
    return None
