"""azure-ai-projects 1: a project's client of Azure OpenAI, its deployments and its connections.

It takes https addresses and tokens only: start the server with --dev-tls. Here the token is the key.
"""

import os
import time

from azure.ai.projects import AIProjectClient
from azure.ai.projects.models import ConnectionType
from azure.core.credentials import AccessToken


class KeyAsToken:
    """What `DefaultAzureCredential()` is replaced with."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


project = AIProjectClient(os.environ["ZAFFRE_TLS_ENDPOINT"] + "/api/projects/anything", KeyAsToken())
client = project.get_openai_client(api_version="2025-04-01-preview")
messages = [{"role": "user", "content": "How many feet are in a mile?"}]
print("chat:", client.chat.completions.create(model="able", messages=messages).choices[0].message.content)
print("responses:", client.responses.create(model="able", input="How many feet are in a mile?").output_text)
print("embeddings:", len(client.embeddings.create(model="able-embed", input=["a", "b"]).data))

connected = project.get_openai_client(api_version="2024-10-21", connection_name="zaffre")
print("connected:", connected.chat.completions.create(model="able", messages=messages).choices[0].message.content)

print("deployments:", len(list(project.deployments.list())))
print("deployment:", project.deployments.get("able").model_name)
print("of a publisher:", *[deployment.name for deployment in project.deployments.list(model_publisher="Mistral AI")])
print("connections:", *[connection.name for connection in project.connections.list()])
default = project.connections.get_default(ConnectionType.AZURE_OPEN_AI, include_credentials=True)
print("default:", default.name, default.credentials.type)
