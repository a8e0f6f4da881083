"""The objects of one configuration: deployments and backends, and the router in front of them."""

from zaffre import catalog
from zaffre.api.door import Door, Manners
from zaffre.api.router import Router
from zaffre.app.backends import SCRIPTED, Backends
from zaffre.app.calls import Calls
from zaffre.app.deployments import deployment, modality_of
from zaffre.app.identity import Identity
from zaffre.app.limits import Limits
from zaffre.app.services import Services
from zaffre.auth.keys import Keys
from zaffre.config.schema import Config, DeploymentConfig
from zaffre.core.deployment import Deployment
from zaffre.core.modality import Modality
from zaffre.gateway.gateway import Gateway


class Setting:
    """One configuration, ready to answer."""

    def __init__(
        self, config: Config, backends: Backends, limits: Limits, services: Services, identity: Identity
    ) -> None:
        self.config = config
        self.identity = identity
        self.backends = backends
        self.limits = limits
        self.calls = Calls()
        self.deployments = _deployments(config, backends, limits)
        default = default_deployment(config)
        self.default = next((each for each in self.deployments if each.name == default), None)
        named = {each.name.lower(): each for each in self.deployments}
        self.gateway = Gateway(named, self.default, services.metering.meters)
        keys = Keys(secret.reveal() for secret in config.keys)
        hosts = {host: each.name for each in self.deployments for host in each.hosts}
        manners = Manners(config.server.region, config.server.api_versions)
        door = Door(self.gateway, keys, services.responses, manners, identity.tokens, identity.local)
        self.router = Router(door, hosts, config.server.domains)


def _deployments(config: Config, backends: Backends, limits: Limits) -> list[Deployment]:
    made = []
    for name, wanted in config.deployments.items():
        facts = catalog.find(wanted.model)
        connection = config.connections[wanted.connection]
        backend = backends.backend(name, wanted, connection, facts)
        limiter = limits.limiter(name, wanted)
        made.append(deployment(name, wanted, facts, backend, limiter, real=connection.provider != SCRIPTED))
    return made


def default_deployment(config: Config) -> str | None:
    """The deployment that is named as the default, else the first chat deployment."""
    if config.default_deployment is not None:
        return config.default_deployment
    chats = (name for name, wanted in config.deployments.items() if _chats(wanted))
    return next(chats, None)


def _chats(wanted: DeploymentConfig) -> bool:
    return modality_of(wanted, catalog.find(wanted.model)) is Modality.CHAT
