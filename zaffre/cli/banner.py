"""What `zaffre serve` prints once it accepts requests: where, with which key, and three ways to try it.

The snippets begin at the margin and fit a narrow terminal, so that they can be copied from it and run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zaffre import __version__
from zaffre.core.deployment import Deployment
from zaffre.core.modality import Modality

if TYPE_CHECKING:
    from zaffre.auth.local_identity import LocalIdentity

YOUR_KEY = "YOUR-KEY"
"""Stands for a key from the configuration, which is never printed."""


def banner(url: str, key: str | None, deployments: Sequence[Deployment], default: Deployment | None) -> str:
    """
    Args:
        url: scheme://host:port.
        key: the generated key; None where keys come from the configuration.
        default: the deployment the snippets talk to.
    """
    lines = [f"zaffre {__version__}", "", f"  endpoint     {url}/models"]
    if key is not None:
        lines.append(f"  key          {key}")
    lines += ["  deployments", *map(_row, deployments)]
    if default is not None and default.modality is Modality.CHAT:
        lines += ["", *_snippets(url, key or YOUR_KEY, default.name)]
    return "\n".join(lines) + "\n"


def everywhere(host: str) -> str:
    """Said of a server that listens on every address of this machine."""
    return f"Listening on every address of this machine ({host}).\n"


def secure(url: str, authority: Path | None) -> str:
    """The https address beside the main one, with the authority to trust where it is one for development."""
    trusted = f" ca: {authority}" if authority else ""
    return f"https: {url}{trusted}\n"


def trust_advice(authority: Path) -> str:
    """How clients come to trust the development authority."""
    return f"""\
  To trust it
    Python     export SSL_CERT_FILE={authority}
               export REQUESTS_CA_BUNDLE={authority}
    Node       export NODE_EXTRA_CA_CERTS={authority}
    curl       --cacert {authority}
"""


def identity_advice(identity: "LocalIdentity", managed: str) -> str:
    """How programs on this machine get tokens.

    Args:
        managed: scheme://host:port where the managed identity is asked for: plain http, which no client refuses there.
    """
    secret = identity.secret.reveal()
    https = "" if identity.address.startswith("https:") else ", once there is https (--dev-tls)"
    return f"""\
identity: {identity.name}
  DefaultAzureCredential, ManagedIdentityCredential
    export IDENTITY_ENDPOINT={managed}/msi/token
    export IDENTITY_HEADER={secret}
  ClientSecretCredential with disable_instance_discovery=True{https}
    authority      {identity.address}
    tenant_id      {identity.tenant}
    client_id      {identity.client_id}
    client_secret  {secret}
"""


def _row(deployment: Deployment) -> str:
    return f"    {deployment.name:<22} {deployment.info.model_type:<18} {deployment.model}"


def _snippets(url: str, key: str, name: str) -> list[str]:
    return f"""\
# azure-ai-inference
from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
client = ChatCompletionsClient(
    "{url}/models",
    AzureKeyCredential("{key}"),
    model="{name}",
)
answer = client.complete(messages=[{{"role": "user", "content": "Hello!"}}])
print(answer.choices[0].message.content)

# OpenAI SDK
from openai import OpenAI
client = OpenAI(
    base_url="{url}/openai/v1",
    api_key="{key}",
)
messages = [{{"role": "user", "content": "Hello!"}}]
answer = client.chat.completions.create(model="{name}", messages=messages)
print(answer.choices[0].message.content)

# curl
curl "{url}/models/chat/completions" \\
  -H "api-key: {key}" \\
  -H "content-type: application/json" \\
  -d '{{"model": "{name}",
       "messages": [{{"role": "user", "content": "Hello!"}}]}}'
""".splitlines()
