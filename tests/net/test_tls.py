"""Certificates of the server: those the operator has, and those of a development authority."""

import ssl
import stat
import threading
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from zaffre.net.authority import DevAuthority
from zaffre.net.tls import CertificateError, server_context, use_files


def handshake(server: ssl.SSLContext, trusted: Path, name: str) -> ssl.SSLObject:
    """A strict client's side of a whole handshake, without a socket. Raises ssl.SSLCertVerificationError."""
    client = ssl.create_default_context(cafile=trusted)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    client.set_alpn_protocols(["http/1.1"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [ours, theirs]
    while waiting:
        for side in tuple(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    return ours


def certified(folder: Path, names: Iterable[str] = ()) -> ssl.SSLContext:
    context = server_context()
    DevAuthority(folder).certify(context, names)
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_loopback_names_are_always_certified(tmp_path: Path, name: str) -> None:
    client = handshake(certified(tmp_path), tmp_path / "ca.pem", name)
    assert client.version() == "TLSv1.3"
    assert client.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize(
    "name", ["smollm2.localhost", "Llama-3.3.localhost", "my_model.localhost", "ai.example.test", "192.0.2.7"]
)
def test_each_further_name_is_certified_in_any_letter_case(tmp_path: Path, name: str) -> None:
    context = certified(tmp_path, ["SmolLM2.localhost", "llama-3.3.LOCALHOST", name])
    handshake(context, tmp_path / "ca.pem", name)


def test_a_name_that_was_not_asked_for_is_not_certified(tmp_path: Path) -> None:
    context = certified(tmp_path, ["smollm2.localhost"])
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(context, tmp_path / "ca.pem", "other.localhost")


@pytest.mark.parametrize("name", ["", "a..localhost", "-a.localhost", "a b", "ä.localhost", "x" * 64, "a@b", "a\nb"])
def test_a_name_that_no_certificate_can_hold_is_left_out(tmp_path: Path, name: str) -> None:
    handshake(certified(tmp_path, [name, "good.localhost"]), tmp_path / "ca.pem", "good.localhost")


def test_a_hundred_names_fit(tmp_path: Path) -> None:
    context = certified(tmp_path, [f"deployment-{number}.localhost" for number in range(100)])
    handshake(context, tmp_path / "ca.pem", "deployment-99.localhost")


def test_the_authority_is_kept_and_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    certified(folder)
    before = (folder / "ca.pem").read_bytes()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    handshake(certified(folder), folder / "ca.pem", "localhost")
    assert (folder / "ca.pem").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["ca.key", "ca.pem"]


def test_a_key_that_others_could_read_is_taken_from_them(tmp_path: Path) -> None:
    certified(tmp_path)
    (tmp_path / "ca.key").chmod(0o644)
    certified(tmp_path)
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600


def test_a_certificate_that_was_lost_or_changed_is_written_again(tmp_path: Path) -> None:
    certified(tmp_path)
    before = (tmp_path / "ca.pem").read_bytes()
    (tmp_path / "ca.pem").unlink()
    certified(tmp_path)
    (tmp_path / "ca.pem").write_bytes(b"half a fi")
    certified(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_spoiled_key_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    certified(tmp_path)
    (tmp_path / "ca.key").write_bytes(content)
    with pytest.raises(CertificateError, match=r"ca\.key is not as zaffre made it; delete it"):
        DevAuthority(tmp_path)


def test_servers_that_start_at_once_agree_on_one_authority(tmp_path: Path) -> None:
    contexts: list[ssl.SSLContext] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        contexts.append(certified(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(contexts) == 8
    for context in contexts:
        handshake(context, tmp_path / "ca.pem", "localhost")


def test_a_certificate_lives_as_briefly_as_apple_asks_and_serves_servers_only(tmp_path: Path) -> None:
    client = handshake(certified(tmp_path), tmp_path / "ca.pem", "localhost")
    sent = client.getpeercert(binary_form=True)
    assert sent is not None
    certificate = x509.load_der_x509_certificate(sent)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=825)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]


def test_a_context_in_use_is_certified_anew(tmp_path: Path) -> None:
    context = certified(tmp_path, ["old.localhost"])
    DevAuthority(tmp_path).certify(context, ["new.localhost"])
    handshake(context, tmp_path / "ca.pem", "new.localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context, tmp_path / "ca.pem", "old.localhost")


class Files:
    """Certificates as an operator has them, for 127.0.0.1, by an authority that clients trust."""

    def __init__(self, folder: Path) -> None:
        self.trusted = folder / "trusted.pem"
        self.certificate = folder / "cert.pem"
        self.key = folder / "key.pem"
        self._authority = trustme.CA()
        self._authority.cert_pem.write_to_path(str(self.trusted))
        self.issue("127.0.0.1")

    def issue(self, name: str) -> None:
        leaf = self._authority.issue_cert(name)
        leaf.private_key_pem.write_to_path(str(self.key))
        self.certificate.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_the_operators_own_certificate_is_used(files: Files) -> None:
    context = server_context()
    use_files(context, files.certificate, files.key)
    handshake(context, files.trusted, "127.0.0.1")


def test_a_renewed_certificate_is_used_from_the_next_handshake_on(files: Files) -> None:
    context = server_context()
    use_files(context, files.certificate, files.key)
    files.issue("renewed.example.test")
    use_files(context, files.certificate, files.key)
    handshake(context, files.trusted, "renewed.example.test")


def test_a_context_keeps_its_certificate_where_the_new_one_is_wrong(files: Files) -> None:
    context = server_context()
    use_files(context, files.certificate, files.key)
    kept = files.key.read_bytes()
    files.issue("renewed.example.test")
    files.key.write_bytes(kept)
    with pytest.raises(CertificateError):
        use_files(context, files.certificate, files.key)
    handshake(context, files.trusted, "127.0.0.1")


def test_a_key_of_another_certificate_is_named(files: Files) -> None:
    trustme.CA().private_key_pem.write_to_path(str(files.key))
    with pytest.raises(CertificateError, match=rf"the key {files.key} is not that of the certificate .*cert\.pem"):
        use_files(server_context(), files.certificate, files.key)


def test_a_missing_file_is_named(files: Files) -> None:
    files.key.unlink()
    with pytest.raises(CertificateError, match=rf"cannot read {files.key}: No such file or directory"):
        use_files(server_context(), files.certificate, files.key)


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_a_file_that_is_none_in_pem_is_named(files: Files, which: str) -> None:
    getattr(files, which).write_text("no PEM")
    with pytest.raises(CertificateError, match=r"cert\.pem and .*key\.pem are no certificate and its key in PEM"):
        use_files(server_context(), files.certificate, files.key)


def test_a_key_with_a_password_is_refused_without_asking_for_it(files: Files) -> None:
    files.key.write_bytes(locked_key(files.key.read_bytes()))
    with pytest.raises(CertificateError, match=rf"the key {files.key} has a password"):
        use_files(server_context(), files.certificate, files.key)


def locked_key(key: bytes) -> bytes:
    """The same private key under a password."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
