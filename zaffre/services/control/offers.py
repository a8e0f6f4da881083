"""Which connection a model comes from, where a new deployment names none."""

from zaffre.config.schema import Config
from zaffre.core.errors import InvalidResource
from zaffre.core.resources import Kind


def offering(config: Config, model: str) -> list[str]:
    """The connections that offer a model: their `models` name it, or a deployment of it is there already."""
    wanted = model.lower()
    listed = [
        name
        for name, connection in config.connections.items()
        if wanted in {each.lower() for each in connection.models}
    ]
    used = [each.connection for each in config.deployments.values() if each.model.lower() == wanted]
    return list(dict.fromkeys([*listed, *used]))


def connection_of(config: Config, deployment: str, model: str) -> str:
    """The one connection that offers a model.

    Raises:
        InvalidResource: none does, or several do.
    """
    found = offering(config, model)
    if len(found) == 1:
        return found[0]
    if found:
        why = f"several connections offer {model}: name one of {', '.join(found)}"
    else:
        why = f"no connection offers {model}: name one of {', '.join(config.connections) or 'none (there is none yet)'}"
    raise InvalidResource(Kind.DEPLOYMENT, deployment, [why])
