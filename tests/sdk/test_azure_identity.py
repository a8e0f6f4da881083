"""azure-identity, unchanged and offline, against a server that is its own token authority.

Proxies that lead nowhere stand in the way of every request that would leave this machine.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
from azure.ai.inference import ChatCompletionsClient
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from msgspec import Struct

from tests.cli.command import PATIENCE, serving, written

HERE = Path(__file__).parent
MILE = "There are 5,280 feet in a mile."
RULES = f"rules: [{{reply: {{text: '{MILE}'}}}}]"
CONFIG = """\
keys: [env:ZAFFRE_KEY]
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo:  {model: scripted-chat, connection: script}
  other: {model: scripted-chat, connection: script}
identity:
  issuer: http://127.0.0.1:1/nobody
  roles:
    reader: {deployments: [demo], apps: [a-reader], surfaces: [inference]}
    all:    {deployments: all, apps: [my-program, OWN]}
"""
QUESTION: Any = [{"role": "user", "content": "How many feet are in a mile?"}]


class Authority(Struct):
    """What the banner says."""

    http: str
    https: str
    certificate: str
    endpoint: str
    secret: str
    tenant: str
    client_id: str
    banner: str

    def environment(self) -> dict[str, str]:
        """What the banner says to set, and no way out."""
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "IDENTITY_", "MSI_"))
        }
        return ours | {
            "IDENTITY_ENDPOINT": self.endpoint,
            "IDENTITY_HEADER": self.secret,
            "SSL_CERT_FILE": self.certificate,
            "REQUESTS_CA_BUNDLE": self.certificate,
            "HTTP_PROXY": "http://127.0.0.1:1",
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "ZAFFRE_ENDPOINT": self.http,
            "ZAFFRE_TLS_ENDPOINT": self.https,
            "ZAFFRE_TENANT": self.tenant,
        }


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("identity")
    config = written(folder, CONFIG, RULES)
    with serving(
        "--config", config, "--data", folder / "data", "--dev-tls", "--tls-port", "0", "--dev-identity"
    ) as server:
        server.out.until("client_secret")
        said = dict(re.findall(r"^ +(?:export )?(\w+)(?:=| +)(\S+)$", server.out.text, re.MULTILINE))
        https, certificate = server.secure()
        assert said["authority"] == https
        assert said["client_secret"] == said["IDENTITY_HEADER"]
        config.write_text(CONFIG.replace("OWN", said["client_id"]))
        server.reloaded()
        yield Authority(
            server.url,
            https,
            str(certificate),
            said["IDENTITY_ENDPOINT"],
            said["IDENTITY_HEADER"],
            said["tenant_id"],
            said["client_id"],
            server.out.text,
        )


@pytest.fixture
def environment(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's environment, as the banner says."""
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)


def complete(authority: Authority, credential: Any, model: str = "demo", **options: Any) -> str:
    with ChatCompletionsClient(f"{authority.https}/models", credential, model=model, **options) as client:
        answer: str = client.complete(messages=QUESTION).choices[0].message.content
        return answer


def test_every_credential_gets_a_token_that_every_client_may_use(authority: Authority) -> None:
    program = [sys.executable, HERE / "clients" / "azure_identity_chat.py"]
    done = subprocess.run(
        program, env=authority.environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split(": ") for line in done.stdout.splitlines())
    assert said == dict.fromkeys(["default", "managed", "secret", "openai", "async"], MILE)


@pytest.mark.usefixtures("environment")
def test_an_identity_that_is_asked_for_by_its_id_has_its_own_rights(authority: Authority) -> None:
    with ManagedIdentityCredential(client_id="a-reader") as reader:
        assert complete(authority, reader) == MILE
        with pytest.raises(ResourceNotFoundError):
            complete(authority, reader, "other")
    with (
        ManagedIdentityCredential(client_id="a-stranger") as stranger,
        pytest.raises(ClientAuthenticationError, match="Principal does not have access to API/Operation"),
    ):
        complete(authority, stranger)


@pytest.mark.usefixtures("environment")
def test_a_token_for_something_else_is_an_authentication_error(authority: Authority) -> None:
    scopes = ["https://graph.microsoft.com/.default"]
    with ManagedIdentityCredential() as credential, pytest.raises(ClientAuthenticationError, match="token validation"):
        complete(authority, credential, credential_scopes=scopes)


@pytest.mark.usefixtures("environment")
def test_a_wrong_secret_gets_no_token(authority: Authority) -> None:
    options = {"authority": authority.https, "disable_instance_discovery": True}
    with (
        ClientSecretCredential(authority.tenant, "my-program", "wrong", **options) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        credential.get_token("https://ml.azure.com/.default")


@pytest.mark.usefixtures("environment")
def test_a_wrong_header_gets_no_token(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with ManagedIdentityCredential() as credential, pytest.raises(ClientAuthenticationError):
        credential.get_token("https://ml.azure.com/.default")


@pytest.mark.usefixtures("environment")
def test_msal_may_be_told_to_ask_here_whether_the_authority_is_known(authority: Authority) -> None:
    with requests.Session() as session:
        client = msal.ConfidentialClientApplication(
            "my-program",
            client_credential=authority.secret,
            authority=f"{authority.https}/{authority.tenant}",
            instance_discovery=f"{authority.https}/common/discovery/instance",
            http_client=session,
        )
        got = client.acquire_token_for_client(["https://ai.azure.com/.default"])
    assert got["token_type"] == "Bearer"


PAGE = (HERE.parents[1] / "docs" / "identity.md").read_text()


@pytest.mark.parametrize("snippet", re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_every_snippet_of_the_page_is_part_of_the_program(snippet: str) -> None:
    assert snippet in (HERE / "clients" / "azure_identity_chat.py").read_text()


def test_the_page_shows_the_banner_and_the_variables_that_the_program_gets(authority: Authority) -> None:
    (block,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shown = re.findall(r"^(identity: |  [A-Z].*|    (?:export )?\w+)", block, re.MULTILINE)
    assert len(shown) == 9
    assert all(line in authority.banner for line in shown)
    named = re.findall(r"(\w+)=", "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)))
    assert set(named) <= authority.environment().keys()
