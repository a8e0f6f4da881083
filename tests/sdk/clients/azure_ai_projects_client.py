"""azure-ai-projects 2: a project's OpenAI client, its deployments and its connections.

It takes https addresses and tokens only: start the server with --dev-tls. Here the token is the key.
"""

import os
import time

from azure.ai.projects import AIProjectClient
from azure.ai.projects.models import ConnectionType
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceNotFoundError


class KeyAsToken:
    """What `DefaultAzureCredential()` is replaced with."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


project = AIProjectClient(
    endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"] + "/api/projects/anything",
    credential=KeyAsToken(),
)
client = project.get_openai_client()
messages = [{"role": "user", "content": "How many feet are in a mile?"}]
print("chat:", client.chat.completions.create(model="able", messages=messages).choices[0].message.content)
print("responses:", client.responses.create(model="able", input="How many feet are in a mile?").output_text)
print("embeddings:", len(client.embeddings.create(model="able-embed", input=["a", "b"]).data))

print("deployments:", ", ".join(deployment.name for deployment in project.deployments.list()))
found = project.deployments.get("able")
print("deployment:", found.name, found.model_name, found.type, found.sku.name)
print("of a publisher:", len(list(project.deployments.list(model_publisher="Mistral AI"))))
print("of a model:", *[deployment.name for deployment in project.deployments.list(model_name="scripted-able")])
print("of a type:", len(list(project.deployments.list(deployment_type="ModelDeployment"))))

(connection,) = project.connections.list()
print("connection:", connection.name, connection.type, connection.is_default)
named = project.connections.get("zaffre", include_credentials=True)
print("credentials:", named.credentials.type, named.credentials.api_key == os.environ["ZAFFRE_KEY"])
default = project.connections.get_default(ConnectionType.AZURE_OPEN_AI, include_credentials=True)
print("default:", default.target == os.environ["ZAFFRE_TLS_ENDPOINT"] + "/", default.credentials.type)

try:
    project.deployments.get("nobody")
except ResourceNotFoundError as error:
    print("missing:", error.status_code, error.error.code)
