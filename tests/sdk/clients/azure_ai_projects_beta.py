"""azure-ai-projects 1.0.0b11, the last version with `.inference`: clients of azure-ai-inference and Azure OpenAI.

It takes https addresses and tokens only: start the server with --dev-tls. Here the token is the key.
"""

import asyncio
import os
import time

from azure.ai.inference.models import UserMessage
from azure.ai.projects import AIProjectClient
from azure.ai.projects.aio import AIProjectClient as AsyncAIProjectClient
from azure.ai.projects.models import ConnectionType
from azure.core.credentials import AccessToken


class KeyAsToken:
    """What `DefaultAzureCredential()` is replaced with."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


endpoint = os.environ["ZAFFRE_TLS_ENDPOINT"] + "/api/projects/anything"
project = AIProjectClient(endpoint, KeyAsToken())

chat = project.inference.get_chat_completions_client()
answer = chat.complete(model="able", messages=[UserMessage("How many feet are in a mile?")])
print("chat:", answer.choices[0].message.content)
texts = project.inference.get_embeddings_client()
print("embeddings:", len(texts.embed(model="able-embed", input=["a", "b"]).data))
images = project.inference.get_image_embeddings_client()
print("images:", len(images.embed(model="able-image", input=[{"image": "data:image/png;base64,AA=="}]).data))

question = [{"role": "user", "content": "How many feet are in a mile?"}]
client = project.inference.get_azure_openai_client(api_version="2024-10-21")
print("openai:", client.chat.completions.create(model="able", messages=question).choices[0].message.content)
connected = project.inference.get_azure_openai_client(api_version="2024-10-21", connection_name="zaffre")
print("connection:", connected.chat.completions.create(model="able", messages=question).choices[0].message.content)

print("deployments:", len(list(project.deployments.list())), project.deployments.get("able").model_name)
default = project.connections.get_default(ConnectionType.AZURE_OPEN_AI, include_credentials=True)
print("default:", default.name, default.credentials.type)


class AsyncKeyAsToken(KeyAsToken):
    """What `azure.identity.aio.DefaultAzureCredential()` is replaced with."""

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return super().get_token(*scopes, **options)


async def main() -> None:
    async with (
        AsyncAIProjectClient(endpoint, AsyncKeyAsToken()) as project,
        project.inference.get_chat_completions_client() as chat,
    ):
        answer = await chat.complete(model="able", messages=[UserMessage("How many feet are in a mile?")])
        print("async chat:", answer.choices[0].message.content)
        print("async deployments:", len([deployment async for deployment in project.deployments.list()]))


asyncio.run(main())
