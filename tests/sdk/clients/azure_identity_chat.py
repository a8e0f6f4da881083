"""Tokens from the server's own authority, by the environment alone and by a client secret."""

import asyncio
import os

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.core.credentials import TokenCredential
from azure.identity import (
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    get_bearer_token_provider,
)
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential
from openai import AzureOpenAI, OpenAI

question = [UserMessage("How many feet are in a mile?")]


def said(credential: TokenCredential) -> str:
    chat = ChatCompletionsClient(os.environ["ZAFFRE_TLS_ENDPOINT"] + "/models", credential, model="demo")
    with chat:
        return chat.complete(messages=question).choices[0].message.content


chat = ChatCompletionsClient(os.environ["ZAFFRE_TLS_ENDPOINT"] + "/models", DefaultAzureCredential(), model="demo")
print("default:", chat.complete(messages=question).choices[0].message.content)

print("managed:", said(ManagedIdentityCredential()))

credential = ClientSecretCredential(
    tenant_id=os.environ["ZAFFRE_TENANT"],
    client_id="my-program",
    client_secret=os.environ["IDENTITY_HEADER"],
    authority=os.environ["ZAFFRE_TLS_ENDPOINT"],
    disable_instance_discovery=True,
)
print("secret:", said(credential))

client = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    azure_ad_token_provider=get_bearer_token_provider(
        DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default"
    ),
    api_version="2024-10-21",
)
asked = [{"role": "user", "content": "How many feet are in a mile?"}]
print("openai:", client.chat.completions.create(model="demo", messages=asked).choices[0].message.content)


async def token() -> str:
    async with AsyncManagedIdentityCredential() as managed:
        return (await managed.get_token("https://ai.azure.com/.default")).token


v1 = OpenAI(base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1", api_key=asyncio.run(token()))
print("async:", v1.chat.completions.create(model="demo", messages=asked).choices[0].message.content)
