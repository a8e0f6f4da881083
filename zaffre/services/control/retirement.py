"""Until when deployments have their models: what the catalog and the configuration say, and what an operator must hear.

Only a service retires models. Which service runs a deployment's model is told by its connection's address; weights at
home, and servers of one's own, stay.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from zaffre.catalog.versions import ModelVersion, service_at, versions
from zaffre.config.retirement import NEVER
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig
from zaffre.core.lifetime import Stage, on
from zaffre.providers import PROVIDERS

UPGRADE_OPTIONS: Final = {
    "once-new-default": "OnceNewDefaultVersionAvailable",
    "once-current-expired": "OnceCurrentVersionExpired",
    "none": "NoAutoUpgrade",
}
"""What `version_upgrade` may be, and Azure's words for it."""


class Notice(Struct, frozen=True):
    """What an operator must hear of one deployment."""

    deployment: str
    key: str
    """Of the deployment: where the date comes from, or belongs."""
    text: str
    """Goes on after the deployment's name or place."""


def service_of(connection: ConnectionConfig) -> str | None:
    """The service at the connection's address; None: one's own, or one that the catalog does not know."""
    row = PROVIDERS.get(connection.provider)
    address = connection.base_url or (row.home if row is not None else None)
    return service_at(urlsplit(address).hostname or "") if address else None


def stages(wanted: DeploymentConfig, connection: ConnectionConfig) -> tuple[Stage, ...]:
    """The versions that a deployment is said to have, one after the other."""
    return planned(wanted, _known(wanted, connection))


def notices(config: Config, today: date) -> Iterator[Notice]:
    """Which deployments lose their models, or their versions, soon, or have lost them."""
    for name, wanted in config.deployments.items():
        connection = config.connections[wanted.connection]
        known = _known(wanted, connection)
        text = notice(wanted, known, today, config.retirement.warn_days)
        if text is not None:
            yield Notice(name, "version" if wanted.retires is None else "retires", text)


def _known(wanted: DeploymentConfig, connection: ConnectionConfig) -> tuple[ModelVersion, ...]:
    service = service_of(connection)
    return versions(wanted.model, service) if service is not None else ()


def planned(wanted: DeploymentConfig, known: Sequence[ModelVersion]) -> tuple[Stage, ...]:
    """The same, where the service has these versions of the model."""
    version = wanted.version or ""
    now = Stage(version, _end(wanted, known))
    default = _default(known)
    # A name that has the version in it asks the upstream for that one, whatever else is said.
    pinned = not version or _has(wanted.upstream_name, version)
    if default is None or pinned or default.version == version or wanted.version_upgrade == "none":
        return (now,)
    then = Stage(default.version, default.retires)
    if wanted.version_upgrade == "once-new-default":
        # What was chosen beyond the default is not set back.
        return (then,) if default.version > version else (now,)
    lasts = now.until is not None and (then.until is None or then.until > now.until)
    return (now, then) if lasts else (now,)


def _end(wanted: DeploymentConfig, known: Sequence[ModelVersion]) -> date | None:
    if wanted.retires is not None:
        return None if wanted.retires == NEVER else wanted.retires
    found = _row(wanted.version or "", known)
    return found.retires if found is not None else None


def _row(version: str, known: Sequence[ModelVersion]) -> ModelVersion | None:
    if version:
        return next((each for each in known if each.version.lower() in (version.lower(), "")), None)
    default = _default(known)
    # It may be any of them, so it is surely gone only with the last.
    return default or max(known, key=lambda each: each.retires or NEVER, default=None)


def _default(known: Sequence[ModelVersion]) -> ModelVersion | None:
    return next((each for each in known if each.default), None)


def notice(wanted: DeploymentConfig, known: Sequence[ModelVersion], today: date, warn_days: int) -> str | None:
    """What an operator must hear of one; None: nothing.

    Args:
        warn_days: so many days before it is true.
    """
    plan = planned(wanted, known)
    stage = on(plan, today) or plan[-1]
    if stage.until is None or (stage.until - today).days > warn_days:
        return None
    model = f"{wanted.model} {stage.version}".rstrip()
    where = f" at {known[0].service}" if known and wanted.retires is None else ""
    days = (stage.until - today).days
    when = f"retires{where} on {stage.until}, in {days} day{'s' * (days != 1)}"
    text = f"{model} {when}" if days > 0 else f"{model} was retired{where} on {stage.until}"
    after = plan[plan.index(stage) + 1 :]
    if after:
        text += f"; its version is {after[0].version} from then on"
    row = _row(stage.version, known) if wanted.retires is None else None
    if row is None:
        return text
    return text + (f"; suggested instead: {row.replacement}" if row.replacement else "") + f" ({row.link})"


def _has(name: str, version: str) -> bool:
    return re.search(rf"(^|[-@:/_]){re.escape(version)}($|[-@:/_])", name, re.IGNORECASE) is not None
