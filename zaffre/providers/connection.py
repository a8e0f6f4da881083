"""Where an upstream lives and how we prove who we are."""

from collections.abc import Mapping
from urllib.parse import urlencode

from zaffre.net.client import MOST_CONNECTIONS, MOST_WAITING, Client, Timeouts
from zaffre.net.client.request_head import header_block
from zaffre.providers.backend import Link, Upstream, upstream
from zaffre.providers.codec import Auth, Provider
from zaffre.providers.redaction import Redaction


class Connection:
    """A provider at an address, with a credential. Its models share a pool of sockets."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        *,
        client: Client,
        base_url: str | None = None,
        credential: str | None = None,
        headers: Mapping[str, str] | None = None,
        api_version: str | None = None,
        timeouts: Timeouts | None = None,
        limit: int = MOST_CONNECTIONS,
        queue: int = MOST_WAITING,
    ) -> None:
        """
        Args:
            base_url: where targets are appended; the provider's home by default.
            headers: further fields of every request; they win over the credential's. Their values count as secret.
            api_version: the query `api-version`; the provider's by default.
            limit: requests to the upstream at a time.
            queue: requests that may wait for their turn beyond that.

        Raises:
            ValueError: a provider without a home and no base_url, a URL or header that cannot be used. The message
                shows no secret.
        """
        address = base_url or provider.home
        if address is None:
            raise ValueError(f"{provider.title} has no address of its own: base_url is needed")
        fields = _credential_headers(provider.auth, credential) | {k.lower(): v for k, v in (headers or {}).items()}
        version = api_version or provider.api_version
        self._link = Link(
            name,
            provider,
            client.pool(address, limit=limit, queue=queue, timeouts=timeouts or Timeouts()),
            _rendered({"content-type": "application/json", **fields}),
            _rendered(fields),
            "" if version is None else "?" + urlencode({"api-version": version}),
            Redaction([credential or "", *(headers or {}).values()]),
        )

    @property
    def provider(self) -> Provider:
        """The row that holds for this connection."""
        return self._link.provider

    def backend(self, model: str) -> Upstream:
        """The model of that name at the upstream."""
        return upstream(self._link, model)


def _credential_headers(auth: Auth, credential: str | None) -> dict[str, str]:
    if not credential:
        return {}
    bearer = {"authorization": f"Bearer {credential}"}
    key = {"api-key": credential}
    return {"bearer": bearer, "api-key": key, "both": bearer | key}[auth]


def _rendered(fields: Mapping[str, str]) -> bytes:
    try:
        return header_block([(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()])
    except UnicodeEncodeError:
        raise ValueError("a header or credential has characters that no header may have") from None
