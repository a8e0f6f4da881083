"""Where an upstream lives: a base URL taken apart, once, when a pool is made."""

from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct


class Origin(Struct, frozen=True):
    """Scheme, host and port of a base URL, and the path before every target."""

    scheme: Literal["http", "https"]
    host: str
    """As resolvers want it: ASCII, IPv6 without brackets."""
    port: int
    path: str = ""
    """No slash at its end."""

    @property
    def address(self) -> str:
        """`host:port`, IPv6 in brackets."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def authority(self) -> str:
        """The Host field: without the port where it is the scheme's own."""
        return bracketed(self.host) if self.port == DEFAULT_PORTS[self.scheme] else self.address


DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origin(base_url: str) -> Origin:
    """`http[s]://host[:port][/path]` -> Origin. Raises ValueError for anything more or less."""
    if not base_url.isprintable():
        raise ValueError("a base URL has no control characters")  # which urlsplit would drop in silence
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("a base URL starts with http:// or https://")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("a base URL has no user, no query and no fragment")
    path = parts.path.rstrip("/")
    if not is_plain(path):
        raise ValueError("a base URL's path must be percent-encoded")
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    return Origin(scheme, ascii_host(parts), parts.port or DEFAULT_PORTS[scheme], path)


def ascii_host(parts: SplitResult) -> str:
    """The URL's host as resolvers want it. Raises ValueError where there is none or it cannot be one."""
    host = parts.hostname or ""
    try:
        return str(ip_address(host))
    except ValueError:
        encoded = host.encode("idna").decode("ascii")
    if not encoded or not is_plain(encoded):
        raise ValueError("a URL needs a host")
    return encoded


def bracketed(host: str) -> str:
    """The host as it stands in front of a port."""
    return f"[{host}]" if ":" in host else host


def is_plain(text: str) -> bool:
    """Whether it can stand in a request line: printable ASCII without spaces."""
    return text.isascii() and text.isprintable() and " " not in text
