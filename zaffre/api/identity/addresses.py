"""The addresses of the local identity: those of Entra ID, for any tenant's name, and one of App Service.

/TENANT/v2.0/.well-known/openid-configuration      the document that all clients begin with
/TENANT/discovery/v2.0/keys                        its key set
/TENANT/oauth2/v2.0/token                          tokens for a client and its secret
/common/discovery/instance                         whether the authority is known: it is
/msi/token                                         tokens for whoever runs on this machine
"""

from collections.abc import Sequence

from zaffre.api.identity.documents import instance, keys, openid_configuration
from zaffre.api.identity.managed import managed_identity
from zaffre.api.identity.token import token
from zaffre.api.place import Place
from zaffre.core.surface import Surface


def find(steps: Sequence[str]) -> Place | None:
    """The place at a path's steps, percent-decoded."""
    match [step.lower() for step in steps]:
        case [".well-known", "openid-configuration"]:
            return Place(Surface.INFERENCE, {"GET": openid_configuration})
        case [_, "v2.0", ".well-known", "openid-configuration"]:
            return Place(Surface.INFERENCE, {"GET": openid_configuration}, item=steps[0])
        case [_, "discovery", "v2.0", "keys"]:
            return Place(Surface.INFERENCE, {"GET": keys})
        case [_, "oauth2", "v2.0", "token"]:
            return Place(Surface.INFERENCE, {"POST": token})
        case [_, "discovery", "instance"]:
            return Place(Surface.INFERENCE, {"GET": instance})
        case ["msi", "token"]:
            return Place(Surface.INFERENCE, {"GET": managed_identity})
    return None
