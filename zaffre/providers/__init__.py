"""The providers, and connections to them."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from zaffre.net.client import MOST_CONNECTIONS, MOST_WAITING, Client, Timeouts
from zaffre.providers.connection import Connection
from zaffre.providers.rows import PROVIDERS

__all__ = ["NAMES", "PROVIDERS", "Connection", "connect"]

NAMES: Final = frozenset(PROVIDERS)


def connect(
    name: str,
    provider: str,
    *,
    client: Client,
    base_url: str | None = None,
    credential: str | None = None,
    headers: Mapping[str, str] | None = None,
    api_version: str | None = None,
    timeouts: Timeouts | None = None,
    limit: int = MOST_CONNECTIONS,
    queue: int = MOST_WAITING,
) -> Connection:
    """The connection of that name to a provider; `.backend(upstream_model)` is a model behind it.

    The arguments are those of `Connection`; `provider` is one of NAMES.

    Raises:
        ValueError: an unknown provider, an address that is missing or cannot be used, a header that cannot be sent.
    """
    row = PROVIDERS.get(provider)
    if row is None:
        raise ValueError(f"no provider {provider!r}; there are {', '.join(sorted(NAMES))}")
    if row.elsewhere and base_url and not _is_at(row.home or "", base_url):
        row = PROVIDERS[row.elsewhere]
    return Connection(
        name,
        row,
        client=client,
        base_url=base_url,
        credential=credential,
        headers=headers,
        api_version=api_version,
        timeouts=timeouts,
        limit=limit,
        queue=queue,
    )


def _is_at(home: str, base_url: str) -> bool:
    """Whether the URL leads to the vendor's own hosts, regional ones included."""
    host, own = urlsplit(base_url).hostname or "", urlsplit(home).hostname or ""
    return host == own or host.endswith(f".{own}")
