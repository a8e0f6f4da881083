"""Which HTTP proxy, if any, stands between us and an upstream."""

from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_to_bytes, urlsplit

from msgspec import Struct

from zaffre.net.client.origin import Origin, ascii_host

_SUPPORTED = "only proxies of the form http://[user:password@]host[:port] are supported"


class Proxy(Struct, frozen=True):
    """An HTTP proxy and what it wants to see before it lets us through."""

    host: str
    port: int
    authorization: bytes = b""
    """The Proxy-Authorization field's value, empty where the URL named no user."""

    @property
    def field(self) -> bytes:
        """The header line for it, or nothing."""
        return b"Proxy-Authorization: %b\r\n" % self.authorization if self.authorization else b""


def proxy_for(origin: Origin, proxies: Mapping[str, str], no_proxy: str) -> Proxy | None:
    """The proxy for an origin: `proxies[scheme]`, else `proxies["all"]`, unless `no_proxy` lists the host.

    Raises ValueError for a proxy URL that is not `[http://][user:password@]host[:port]`.
    """
    url = proxies.get(origin.scheme) or proxies.get("all")
    if not url or is_exempt(origin, no_proxy):
        return None
    return parse_proxy(url)


def parse_proxy(url: str) -> Proxy:
    """A proxy URL, `http://` left out or not -> Proxy. The error never shows the URL: it may hold a password."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = ascii_host(parts), parts.port or 80
    except ValueError:
        raise ValueError(_SUPPORTED) from None
    if parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
        raise ValueError(_SUPPORTED)
    authorization = b""
    if parts.username is not None:
        user, password = unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or "")
        authorization = b"Basic " + b64encode(user + b":" + password)
    return Proxy(host, port, authorization)


def is_exempt(origin: Origin, no_proxy: str) -> bool:
    """Whether a NO_PROXY list (`*`, names and their subdomains, addresses, networks; each with or without a port)
    holds the origin."""
    entries = (entry.strip().lower() for entry in no_proxy.split(","))
    return any(_covers(entry, origin.host.lower(), origin.port) for entry in entries if entry)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdecimal() and (":" not in name or name.endswith("]")):
        if int(digits) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").lstrip(".")
    return host == entry or host.endswith(f".{entry}") or _is_in_network(host, entry)


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
