"""The OpenAI SDK: the base URL is the deployment's own address with /v1 below it."""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/deployments/demo/v1",
    api_key=os.environ["ZAFFRE_KEY"],
)
question = [{"role": "user", "content": "How many feet are in a mile?"}]
print("answer:", client.chat.completions.create(model="demo", messages=question).choices[0].message.content)
stream = client.chat.completions.create(model="demo", messages=question, stream=True)
print("stream:", "".join(choice.delta.content or "" for chunk in stream for choice in chunk.choices))
