"""What a configuration file may say: every key, its type and its default. `docs/configuration.md` explains each.

Values are plain data; nothing here opens, connects or looks anything up.
"""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from zaffre.config.filters import DEFAULT_FILTER, OFF, BlocklistConfig, FilterConfig
from zaffre.config.forms import (
    Address,
    Count,
    HeaderName,
    HostName,
    Name,
    Port,
    Seconds,
    Sha256,
    Size,
    Word,
)
from zaffre.config.identity import IdentityConfig
from zaffre.config.policies import Policy
from zaffre.config.retirement import Day, Retirement, VersionUpgrade
from zaffre.config.rules import Rule
from zaffre.config.safety_backends import ClassifierConfig, CombinationConfig
from zaffre.config.secret import DatabaseAddress, HeaderValue, RedisAddress, Secret
from zaffre.core.limits import Sku
from zaffre.core.modality import Modality

MEBIBYTE = 2**20


class ProviderName(str):
    """The name of a provider that this server has."""

    __slots__ = ()


class Source(str):
    """Where a local model's weights are: `pip:…`, `hf:…`, or an absolute path of a file."""

    __slots__ = ()


class RuleFile(Struct, frozen=True):
    """A scripted model's rules, read from their own file."""

    path: Path
    rules: tuple[Rule, ...]


class Timeouts(Struct, frozen=True):
    """How long an upstream may take, each in seconds."""

    connect: Seconds = 10.0
    first_byte: Seconds = 300.0
    idle: Seconds = 120.0
    """Between two pieces of an answer."""


class ConnectionConfig(Struct, frozen=True):
    """Where a model's server lives and how we prove who we are; or how models run in this process."""

    provider: ProviderName
    base_url: Address | None = None
    """None: the provider's own address."""
    credential: Secret | None = None
    headers: dict[HeaderName, HeaderValue] = {}
    """Sent upstream with every call."""
    api_version: Word | None = None
    timeouts: Timeouts = Timeouts()
    max_connections: Count | None = None
    rules: RuleFile | None = None
    """Of a scripted connection, which must have them."""
    threads: Count | None = None
    """Of a local connection, as the next two."""
    parallel: Count | None = None
    context: Count | None = None
    """Tokens for one call."""
    queue: Count | None = None
    """Calls that may wait for their turn."""
    models: tuple[Word, ...] = ()
    """That it offers, for deployments that name a model and no connection."""


class DeploymentConfig(Struct, frozen=True):
    """A name for a model under a configuration."""

    model: Word
    connection: str
    version: str | None = None
    version_upgrade: VersionUpgrade = "once-current-expired"
    """When another version is said to be the deployment's."""
    retires: Day | None = None
    """The first day without the model. None: what the catalog knows."""
    upstream_model: Word | None = None
    """What the upstream calls it. None: as `model`."""
    model_type: Word | None = None
    """As `/info` writes it. None: by the modality."""
    modality: Modality | None = None
    """None: what `model_type` or the catalog says, else chat."""
    publisher: str | None = None
    """None: what the catalog says."""
    unsupported: tuple[Word, ...] | None = None
    """API parameters to refuse, instead of those that the catalog lists. None: the catalog's."""
    dimensions: Count | None = None
    context: Count | None = None
    """Tokens (a scripted model: words) that a call may hold."""
    hosts: tuple[HostName, ...] = ()
    """Host names that address this deployment, lower-case."""
    source: Source | None = None
    """None: what the catalog says."""
    sha256: Sha256 | None = None
    sku: Sku | None = None
    """The capacity type. None: no limit, but for `rpm` and `tpm`."""
    capacity: Count | None = None
    """In units of the capacity type."""
    rpm: Count | None = None
    """Requests a minute, instead of what the capacity allows."""
    tpm: Count | None = None
    """Tokens a minute, likewise."""
    assumed_tokens: Count = 16
    """Of an answer, where a call names no maximum: what `max_tokens` of completions is by default in OpenAI's API."""
    spillover: str | None = None
    """Of provisioned capacity: the deployment that answers what is too much for this one."""
    tags: dict[str, str] = {}
    """For people, and shown to those who manage."""
    content_filter: str | None = None
    """Its name; `off`: none. None: the server's default."""

    @property
    def filtered(self) -> bool:
        """Whether a content filter judges what goes in and comes out."""
        return (self.content_filter or DEFAULT_FILTER) not in (None, OFF)

    @property
    def upstream_name(self) -> str:
        """What the backend calls the model."""
        return self.upstream_model or self.model


class Tls(Struct, frozen=True):
    """Certificates: either real ones (`cert` and `key`) or those of a local authority made for development."""

    cert: Path | None = None
    key: Path | None = None
    dev: bool = False
    port: Port | None = None
    """None: with `dev`, the port after the main one; with `cert`, the main port itself."""


class ServerConfig(Struct, frozen=True):
    """Where and how the server listens."""

    host: Word = "127.0.0.1"
    port: Port = 8080
    max_body: Size = 32 * MEBIBYTE
    """Bytes of a request's body."""
    domains: tuple[HostName, ...] = ("localhost",)
    """`<deployment>.<domain>` addresses a deployment."""
    drain: Seconds = 30.0
    """How long a stop waits for calls in flight."""
    tls: Tls | None = None
    region: Word = "local"
    """Said in `x-ms-region`, where Azure names its data centre."""
    api_versions: Literal["lenient", "strict"] = "lenient"
    """Whether any dated `api-version` is taken, or only those that Azure published."""


class LimitsConfig(Struct, frozen=True):
    """Who counts for the rate limits, where several processes serve the same deployments."""

    redis: RedisAddress
    fail: Literal["open", "closed", "local"] = "local"
    """While Redis is gone: no limits, no calls, or each process by itself."""
    prefix: Name = "zaffre"
    """Of the names in Redis."""


class Config(Struct, frozen=True):
    """A whole configuration."""

    keys: tuple[Secret, ...] = ()
    management_keys: tuple[Secret, ...] = ()
    """They open the management surface, and nothing else does but a token. None of them is among `keys`."""
    connections: dict[Name, ConnectionConfig] = {}
    deployments: dict[Name, DeploymentConfig] = {}
    """In the order of the file, which decides where no default deployment is named."""
    content_filters: dict[Name, FilterConfig] = {}
    blocklists: dict[Name, BlocklistConfig] = {}
    default_deployment: str | None = None
    """As the deployment's own name is spelled."""
    database: DatabaseAddress | None = None
    """None: a file in the data folder."""
    limits: RedisAddress | LimitsConfig | None = None
    """None: this process counts by itself."""
    server: ServerConfig = ServerConfig()
    identity: IdentityConfig | None = None
    """None: keys alone open the server."""
    policies: tuple[Policy, ...] = ()
    """Which deployments there may be."""
    classifiers: dict[Name, ClassifierConfig] = {}
    """Those of content safety that are elsewhere."""
    combination: CombinationConfig = CombinationConfig()
    retirement: Retirement = Retirement()

    @property
    def shared_limits(self) -> LimitsConfig | None:
        """`limits`, an address alone with all that goes without saying."""
        return LimitsConfig(self.limits) if isinstance(self.limits, RedisAddress) else self.limits
