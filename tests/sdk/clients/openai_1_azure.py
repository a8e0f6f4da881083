"""The OpenAI SDK of the 1.x line on Azure OpenAI."""

import os

from openai import AzureOpenAI, NotFoundError

client = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    _strict_response_validation=True,
)
messages = [{"role": "user", "content": "How many feet are in a mile?"}]
print("answer:", client.chat.completions.create(model="able", messages=messages).choices[0].message.content)
stream = client.chat.completions.create(
    model="able", messages=messages, stream=True, stream_options={"include_usage": True}
)
chunks = list(stream)
print("stream:", "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices))
print("usage:", chunks[-1].usage.total_tokens)
print(
    "embeddings:",
    len(
        AzureOpenAI(
            azure_endpoint=os.environ["ZAFFRE_ENDPOINT"], api_key=os.environ["ZAFFRE_KEY"], api_version="2024-10-21"
        )
        .embeddings.create(model="able-embed", input=["a", "b"])
        .data[0]
        .embedding
    ),
)
print("responses:", client.responses.create(model="able", input="How many feet are in a mile?").output_text)
try:
    client.chat.completions.create(model="nobody", messages=messages)
except NotFoundError as error:
    print("missing:", error.code)
