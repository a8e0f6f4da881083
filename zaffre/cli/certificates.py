"""What https is served with: the operator's files, or a development authority's certificate."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from zaffre.app import extras
from zaffre.cli.addresses import is_wildcard, this_machine
from zaffre.config.data import private
from zaffre.config.schema import Config, Tls
from zaffre.net.tls import server_context, use_files

if TYPE_CHECKING:
    from zaffre.net.authority import DevAuthority


class Certificates:
    """The context that every https listener shares. Renewing it changes the handshakes from then on."""

    def __init__(self, tls: Tls, host: str, data: Path) -> None:
        """
        Args:
            host: where the server listens.
            data: the folder that keeps the development authority.

        Raises:
            CertificateError, OSError
        """
        self.context: ssl.SSLContext = server_context()
        self.authority: DevAuthority | None = (
            extras.dev_authority().DevAuthority(private(data) / "tls") if tls.dev else None
        )
        self._tls = tls
        self._host = host

    @property
    def files(self) -> list[Path]:
        """The operator's files."""
        return [] if self.authority else [path for path in (self._tls.cert, self._tls.key) if path]

    def renew(self, config: Config) -> None:
        """Certify the names of this configuration, or read the operator's files again.

        Raises:
            CertificateError, OSError: the context keeps what it had.
        """
        if self.authority:
            self.authority.certify(self.context, _names(config, self._host))
        elif self._tls.cert and self._tls.key:
            use_files(self.context, self._tls.cert, self._tls.key)


def _names(config: Config, host: str) -> list[str]:
    """By which names clients may reach this server."""
    domains = config.server.domains
    below = [f"{name}.{domain}" for name in config.deployments for domain in domains]
    own = [each for deployment in config.deployments.values() for each in deployment.hosts]
    return [this_machine() if is_wildcard(host) else host, *domains, *below, *own]
