"""The OpenAI SDK on Azure OpenAI: the class AzureOpenAI, made in each of its ways."""

import os

from openai import AzureOpenAI, OpenAI

by_endpoint = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
)
by_deployment = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    azure_deployment="able",
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
)
by_base_url = AzureOpenAI(
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1/",
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="preview",
)
by_token = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    azure_ad_token_provider=lambda: os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
)
by_single_address = OpenAI(
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/deployments/able/v1",
    api_key=os.environ["ZAFFRE_KEY"],
)

ways = {
    "endpoint": by_endpoint,
    "deployment": by_deployment,
    "base_url": by_base_url,
    "token": by_token,
    "single address": by_single_address,
}
question = [{"role": "user", "content": "How many feet are in a mile?"}]
for name, client in ways.items():
    print(f"{name}:", client.chat.completions.create(model="able", messages=question).choices[0].message.content)
