"""From what a configuration says of classifiers to those that judge."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, cast, get_args

from msgspec import Struct

from zaffre.app.backends import LOCAL as LOCAL_MODELS
from zaffre.app.judging import DeploymentJudge
from zaffre.config.safety_backends import COMBINED, LOCAL, ClassifierConfig, CombinationConfig, Sought
from zaffre.config.schema import Config
from zaffre.core.deployment import Deployment
from zaffre.gateway.meter import Metering
from zaffre.net.client import Client
from zaffre.net.client.origin import parse_origin
from zaffre.safety.adapters import any_http, azure, llama_guard, moderation, shield_gemma
from zaffre.safety.adapters.adapter import Adapter, Protocolled
from zaffre.safety.adapters.any_http import AnyHttp
from zaffre.safety.adapters.azure import AzureContentSafety, ProtectedMaterial
from zaffre.safety.adapters.cuts import Cuts
from zaffre.safety.adapters.judge import Judge
from zaffre.safety.adapters.llama_guard import LlamaGuard
from zaffre.safety.adapters.moderation import OpenAIModeration
from zaffre.safety.adapters.remote import Remote
from zaffre.safety.adapters.shield_gemma import ShieldGemma
from zaffre.safety.classifier import Classifier
from zaffre.safety.combined import Combined, Member, Record

OPENAI: Final = "https://api.openai.com/v1"
MOST_CONNECTIONS: Final = 64
"""To one classifier."""


class Surroundings(Struct, frozen=True):
    """What classifiers are given, whatever the configuration."""

    client: Client
    """Carries requests to those that are elsewhere."""
    local: Classifier | None
    """The one in this process."""
    find: Callable[[str], Deployment | None]
    """The deployment of a name, in any letter case, as it is when it is asked."""
    metering: Metering
    record: Record
    """Told of every failure."""


class Classifiers:
    """Those of one configuration, or of several that say the same of them."""

    def __init__(self, config: Config, given: Surroundings) -> None:
        """Raises ValueError: an address or a header that cannot be used."""
        self._said = (config.classifiers, config.combination)
        self._given = given
        local, record = given.local, given.record
        members: dict[str, Member] = {}
        self.protected: ProtectedMaterial | None = None
        """Who knows protected material; None where nobody does."""
        for name, each in config.classifiers.items():
            protocol = _protocol(name, each, given)
            adapter = Adapter(name, protocol, timeout=each.timeout)
            members[name] = Member(adapter, each.on_error == "closed")
            if self.protected is None and isinstance(protocol, AzureContentSafety):
                self.protected = ProtectedMaterial(adapter, protocol)
        self.combined = _combined(config.combination, members, given)
        """All of them as one; None where there is none."""
        self.named: dict[str, Classifier] = {
            name: Combined([member], fallback=local, record=record, name=name) for name, member in members.items()
        }
        """What content filters may name: `local`, `combined`, and each that is elsewhere, with `local` to stand in."""
        own = ((LOCAL, local), (COMBINED, self.combined))
        self.named |= {name: each for name, each in own if each is not None}

    def after(self, config: Config) -> "Classifiers":
        """The next configuration's: these, with their connections and all they know, where nothing has changed."""
        if self._said == (config.classifiers, config.combination):
            return self
        return Classifiers(config, self._given)


def _combined(combination: CombinationConfig, members: Mapping[str, Member], given: Surroundings) -> Classifier | None:
    own = {} if given.local is None else {LOCAL: Member(given.local)}
    every = {**members, **own}
    if not every:
        return None
    order = [every[name] for name in combination.order or every if name in every]
    ways = {sought: combination.way(sought) for sought in get_args(Sought)}
    return Combined(order, fallback=given.local, ways=ways, record=given.record)


def local_judges(config: Config) -> frozenset[str]:
    """The names of classifiers that ask a deployment on a local connection; with them, that of all as one."""
    local = {
        name.lower()
        for name, wanted in config.deployments.items()
        if config.connections[wanted.connection].provider == LOCAL_MODELS
    }
    found = {name for name, each in config.classifiers.items() if (each.deployment or "").lower() in local}
    return frozenset(found | {COMBINED}) if found else frozenset()


def try_out(name: str, config: ClassifierConfig, client: Client) -> None:
    """Whether a classifier could be asked, without a packet sent. Raises ValueError."""
    if config.deployment is None:
        _elsewhere(name, config, client)


def _protocol(name: str, config: ClassifierConfig, given: Surroundings) -> Protocolled:
    if config.deployment is None:
        return _elsewhere(name, config, given.client)
    return _judged(config, DeploymentJudge(name, config.deployment, given.find, given.metering))


def _judged(config: ClassifierConfig, judge: Judge) -> Protocolled:
    if config.type == "shield-gemma":
        return ShieldGemma(judge, _cuts(config), config.characters or shield_gemma.LONGEST)
    codes = llama_guard.THIRD_VERSION if config.codes is None else _listed(config.codes)
    return LlamaGuard(judge, codes, _cuts(config), config.characters or llama_guard.LONGEST)


def _elsewhere(name: str, config: ClassifierConfig, client: Client) -> Protocolled:
    remote = _remote(name, config, client)
    longest = config.characters
    if config.type == "azure-content-safety":
        return AzureContentSafety(remote, config.api_version or azure.API_VERSION, longest or azure.LONGEST)
    if config.type == "moderation":
        model = config.model or moderation.MODEL
        return OpenAIModeration(remote, model, _cuts(config), longest or moderation.LONGEST)
    return AnyHttp(
        remote,
        _listed(config.scores),
        path=_path(config),
        text=config.text,
        body=config.body,
        cuts=_cuts(config),
        attack_cut=config.attack_cut,
        longest=longest or any_http.LONGEST,
    )


def _remote(name: str, config: ClassifierConfig, client: Client) -> Remote:
    fields = {header.lower(): value.reveal() for header, value in config.headers.items()}
    if config.credential is not None:
        key = config.credential.reveal()
        if config.type == "azure-content-safety":
            fields.setdefault("ocp-apim-subscription-key", key)
        else:
            fields.setdefault("authorization", f"Bearer {key}")
    return Remote(name, client.pool(config.base_url or OPENAI, limit=MOST_CONNECTIONS), fields)


def _path(config: ClassifierConfig) -> str:
    """Below an address with a path of its own, none need be said."""
    if config.path is not None:
        return config.path
    return "" if parse_origin(cast(str, config.base_url)).path else "/"


def _cuts(config: ClassifierConfig) -> Mapping[str, Cuts]:
    return {category: Cuts(each.low, each.medium, each.high) for category, each in config.cuts.items()}


def _listed(named: Mapping[Any, str | Collection[str]]) -> Mapping[str, Collection[str]]:
    return {name: (each,) if isinstance(each, str) else each for name, each in named.items()}
