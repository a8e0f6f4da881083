"""TLS for the server: contexts, and the certificates that the operator has."""

import ssl
from pathlib import Path


class CertificateError(ValueError):
    """Certificates that cannot be used; the message names the files."""


def server_context() -> ssl.SSLContext:
    """A server's context without a certificate, for HTTP/1.1 over TLS 1.2 or newer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def use_files(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Give the context the operator's own certificate chain and key, both PEM; handshakes from now on use them.

    Raises:
        CertificateError: a file is missing or not what it should be; the context keeps what it had.
    """
    # OpenSSL takes the certificate before it looks at the key, so that a context in use must only see what fits.
    for each in (server_context(), context):
        _load(each, certificate, key)


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    for path in (certificate, key):
        _try_to_read(path)

    def refuse_password() -> str:
        raise CertificateError(f"the key {key} has a password; zaffre takes one without")

    try:
        context.load_cert_chain(certificate, key, refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(f"the key {key} is not that of the certificate {certificate}") from None
        raise CertificateError(f"{certificate} and {key} are no certificate and its key in PEM") from None


def _try_to_read(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise CertificateError(f"cannot read {path}: {error.strerror}") from None
