"""A certificate authority for development: made once, trusted by whoever trusts its `ca.pem`."""

import re
import secrets
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from zaffre.config.durable import create
from zaffre.net.tls import CertificateError

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_CLOCKS_DIFFER: Final = timedelta(days=1)
_AUTHORITY_LASTS: Final = timedelta(days=20 * 365)
# Apple's platforms refuse server certificates for more than 825 days.
_CERTIFICATE_LASTS: Final = timedelta(days=820)


class DevAuthority:
    """The authority of one data folder, and the certificates that it issues to this server."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: holds `ca.pem` for clients and, for its owner only, `ca.key`; made where missing.

        Raises:
            CertificateError: what the folder holds cannot be used.
            OSError: the folder cannot be used.
        """
        self.certificate = folder / "ca.pem"
        """What clients are to trust."""
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file = folder / "ca.key"
        if not key_file.exists():
            create(key_file, _new_authority())
        key_file.chmod(0o600)
        kept = key_file.read_bytes()
        try:
            self._authority = x509.load_pem_x509_certificate(kept)
            key = load_pem_private_key(kept, password=None)
        except ValueError:
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise CertificateError(f"{key_file} is not as zaffre made it; delete it to have a new authority made")
        self._key = key
        self._publish()

    def certify(self, context: ssl.SSLContext, names: Iterable[str]) -> None:
        """Give the context a new certificate for the loopback names and for `names`; handshakes from now on use it.

        Each name, a host name or an address, stands for itself: clients do not take a wildcard directly below
        `localhost`. What no certificate can hold is left out.
        """
        wanted = dict.fromkeys([*LOOPBACK_NAMES, *sorted(map(str.lower, names))])
        held = [name for name in map(_general_name, wanted) if name is not None]
        key = ec.generate_private_key(ec.SECP256R1())
        issued = _issue(held, key.public_key(), self._authority, self._key)
        # Python's ssl reads certificates from files only.
        with NamedTemporaryFile(dir=self._folder, prefix=".server-") as file:
            file.write(_private_pem(key) + issued.public_bytes(Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)

    def _publish(self) -> None:
        """Clients read `ca.pem`, but `ca.key` says what is in it: so the two always belong together."""
        content = self._authority.public_bytes(Encoding.PEM)
        if not self.certificate.exists() or self.certificate.read_bytes() != content:
            part = self._folder / f".ca-{secrets.token_hex(8)}"
            part.write_bytes(content)
            part.replace(self.certificate)


def _new_authority() -> bytes:
    """A new key and its certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Each has a name of its own: clients that trust several look them up by name.
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "zaffre"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"zaffre development authority {secrets.token_hex(4)}"),
        ]
    )
    certificate = (
        _certificate(name, key.public_key(), name, key.public_key(), _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    return _private_pem(key) + certificate.public_bytes(Encoding.PEM)


def _issue(
    names: list[x509.GeneralName],
    public: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zaffre")])
    return (
        _certificate(subject, public, authority.subject, key.public_key(), _CERTIFICATE_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, SHA256())
    )


def _certificate(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_public: ec.EllipticCurvePublicKey,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    """What every certificate has; strict clients (RFC 5280) want both key identifiers."""
    begins = datetime.now(UTC) - _CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName | None:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name) if _HOST_NAME.fullmatch(name) else None


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
