"""azure-ai-projects 2, asynchronous: the same over `azure.ai.projects.aio`, which needs aiohttp."""

import asyncio
import os
import time

from azure.ai.projects.aio import AIProjectClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError


class KeyAsToken:
    """What `azure.identity.aio.DefaultAzureCredential()` is replaced with."""

    def __init__(self, key: str) -> None:
        self.key = key

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(self.key, int(time.time()) + 3600)

    async def close(self) -> None:
        """There is nothing to close."""


ENDPOINT = os.environ["ZAFFRE_TLS_ENDPOINT"] + "/api/projects/anything"
QUESTION = "How many feet are in a mile?"


async def ask(project: AIProjectClient) -> None:
    async with project.get_openai_client() as client:
        stream = await client.chat.completions.create(
            model="able", messages=[{"role": "user", "content": QUESTION}], stream=True
        )
        print("stream:", "".join([chunk.choices[0].delta.content or "" async for chunk in stream]))
        print("responses:", (await client.responses.create(model="able", input=QUESTION)).output_text)
        print("embeddings:", len((await client.embeddings.create(model="able-embed", input=["a", "b"])).data))


async def look_around(project: AIProjectClient) -> None:
    print("deployments:", len([deployment async for deployment in project.deployments.list()]))
    print("deployment:", (await project.deployments.get("able")).model_name)
    print("connections:", *[connection.name async for connection in project.connections.list()])
    print("default:", (await project.connections.get_default("AzureOpenAI", include_credentials=True)).credentials.type)


async def main() -> None:
    async with AIProjectClient(endpoint=ENDPOINT, credential=KeyAsToken(os.environ["ZAFFRE_KEY"])) as project:
        await ask(project)
        await look_around(project)
    async with AIProjectClient(endpoint=ENDPOINT, credential=KeyAsToken("wrong")) as project:
        try:
            await project.deployments.get("able")
        except ClientAuthenticationError as error:
            print("key:", error.status_code, error.error.code)


asyncio.run(main())
