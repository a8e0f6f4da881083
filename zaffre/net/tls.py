"""Certificates: those the operator has, or those of a local authority made for development."""

import re
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# Apple's platforms refuse server certificates that live longer than 825 days.
_LIFETIME: Final = timedelta(days=820)


def server_context() -> ssl.SSLContext:
    """A server's context without a certificate, for HTTP/1.1 over TLS 1.2 or newer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def context_of_files(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's context with the operator's own certificate chain and key, both PEM.

    Raises:
        OSError, ssl.SSLError: a file is missing, unreadable, or not what it should be.
    """
    context = server_context()
    context.load_cert_chain(certificate, key)
    return context


class DevAuthority:
    """A certificate authority of this data folder: made once, trusted by whoever trusts its `ca.pem`."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: holds `ca.pem` and, for its owner only, `ca.key`; made where missing.
        """
        self.certificate = folder / "ca.pem"
        key = folder / "ca.key"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.certificate.exists() and key.exists()):
            made = trustme.CA(organization_name="zaffre development authority")
            key.touch(mode=0o600)
            made.private_key_pem.write_to_path(str(key))
            made.cert_pem.write_to_path(str(self.certificate))
        self._authority = trustme.CA.from_pem(self.certificate.read_bytes(), key.read_bytes())

    def certify(self, context: ssl.SSLContext, names: Iterable[str]) -> None:
        """Give the context a new certificate for the loopback names and for `names`; handshakes from now on use it.

        Each name stands for itself: clients do not take a wildcard directly below `localhost`.
        """
        extra = sorted({name for name in map(str.lower, names) if _HOST_NAME.fullmatch(name)} - {*LOOPBACK_NAMES})
        leaf = self._authority.issue_cert(*LOOPBACK_NAMES, *extra, not_after=datetime.now(UTC) + _LIFETIME)
        leaf.configure_cert(context)
