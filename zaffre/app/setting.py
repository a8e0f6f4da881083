"""The objects of one configuration: deployments and backends, and the router in front of them."""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from zaffre import catalog
from zaffre.api.door import Door, Management, Manners
from zaffre.api.router import Router
from zaffre.app.backends import LOCAL, SCRIPTED, Backends
from zaffre.app.calls import Calls
from zaffre.app.classifiers import local_judges
from zaffre.app.deployments import deployment
from zaffre.app.identity import Identity
from zaffre.app.limits import Limits
from zaffre.app.peers import HandOn
from zaffre.app.safety import Screens
from zaffre.app.services import Services
from zaffre.auth.keys import Keys, NamedKey
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig
from zaffre.core.deployment import Deployment
from zaffre.core.lifetime import Calendar, Lifetime, Stage
from zaffre.core.limits import Limiter
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.core.screening import Screen
from zaffre.gateway.gateway import Gateway
from zaffre.services.content_safety import ContentSafety
from zaffre.services.control.effective import Effective
from zaffre.services.control.modality import modality_of
from zaffre.services.control.retirement import stages


class Setting:
    """One configuration, ready to answer."""

    def __init__(
        self,
        effective: Effective,
        backends: Backends,
        limits: Limits,
        screens: Screens,
        services: Services,
        identity: Identity,
        content_safety: ContentSafety,
        management: Management,
        before: "Setting | None" = None,
        calendar: Calendar | None = None,
        hand_on: HandOn | None = None,
    ) -> None:
        """
        Args:
            hand_on: has another process answer for local models; None: this one does.
            before: the one that this one replaces. What stays the same is not made again.
            calendar: says whether a model is still there. None: the system's.
        """
        self.config = config = effective.config
        self.identity = identity
        self.backends = backends
        self.limits = limits
        self.screens = screens
        self.calls = Calls()
        today = (calendar or Calendar()).today
        kept = before.made if before else {}
        self.made: dict[str, Made] = _deployments(
            config, backends, limits, screens, today, kept, elsewhere=hand_on is not None
        )
        self.deployments = [each.deployment for each in self.made.values()]
        default = default_deployment(config)
        self.default = next((each for each in self.deployments if each.name == default), None)
        named = {each.name.lower(): each for each in self.deployments}
        meters, refusing = services.metering.meters, config.retirement.refuse
        self.gateway = Gateway(named, self.default, meters, refusing_retired=refusing)
        named_keys = (NamedKey(name, wanted, limits.of_key(name, wanted)) for name, wanted in effective.keys.items())
        keys = Keys((secret.reveal() for secret in config.keys), named_keys)
        hosts = {host: each.name for each in self.deployments for host in each.hosts}
        manners = Manners(config.server.region, config.server.api_versions)
        self.managers = Keys(secret.reveal() for secret in config.management_keys)
        door = Door(
            self.gateway,
            keys,
            services.responses,
            manners,
            identity.tokens,
            identity.local,
            content_safety,
            self.managers,
            management,
        )
        self.router = Router(door, hosts, config.server.domains, hand_on)


class Made(Struct, frozen=True):
    """A deployment and what it was made for."""

    wanted: DeploymentConfig
    deployment: Deployment


def _deployments(
    config: Config,
    backends: Backends,
    limits: Limits,
    screens: Screens,
    today: Callable[[], date],
    before: Mapping[str, Made],
    *,
    elsewhere: bool,
) -> dict[str, Made]:
    """
    Args:
        elsewhere: another process answers for local models.
    """
    judges = local_judges(config) if elsewhere else ()
    made = {}
    for name, wanted in config.deployments.items():
        connection = config.connections[wanted.connection]
        backend = backends.backend(name, wanted, connection)
        limiter = limits.limiter(name, wanted)
        scripted = connection.provider == SCRIPTED
        screen = screens.screen(name, wanted, scripted=scripted)
        # Where a local model judges what goes in and comes out, it all happens where that one is.
        there = elsewhere and (connection.provider == LOCAL or screens.judge(wanted, scripted=scripted) in judges)
        kept = before.get(name)
        # One of thousands changes, and the others are not looked at closely.
        if (
            kept is None
            or kept.wanted is not wanted
            or not _answers_by(kept.deployment, backend, limiter, screen, there)
        ):
            facts = catalog.find(wanted.model)
            real = connection.provider != SCRIPTED
            lifetime = _lifetime(wanted, connection, today)
            made_now = deployment(name, wanted, facts, backend, limiter, lifetime, screen, real=real, elsewhere=there)
            kept = Made(wanted, made_now)
        made[name] = kept
    return made


def _lifetime(wanted: DeploymentConfig, connection: ConnectionConfig, today: Callable[[], date]) -> Lifetime | None:
    planned = stages(wanted, connection)
    endless = planned == (Stage(wanted.version or "", None),)
    return None if endless else Lifetime(planned, today)


def _answers_by(
    deployment: Deployment, backend: Backend, limiter: Limiter | None, screen: Screen | None, elsewhere: bool
) -> bool:
    same = deployment.backend is backend and deployment.limiter is limiter and deployment.screen is screen
    return same and deployment.elsewhere == elsewhere


def default_deployment(config: Config) -> str | None:
    """The deployment that is named as the default, else the first chat deployment."""
    if config.default_deployment is not None:
        return config.default_deployment
    chats = (name for name, wanted in config.deployments.items() if _chats(wanted))
    return next(chats, None)


def _chats(wanted: DeploymentConfig) -> bool:
    return modality_of(wanted, catalog.find(wanted.model)) is Modality.CHAT
