"""The OpenAI SDK on v1: chat, a stream, a tool, an answer as an object, embeddings and a response."""

import json
import os

from openai import OpenAI
from pydantic import BaseModel

client = OpenAI(base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1", api_key=os.environ["ZAFFRE_KEY"])

question = [{"role": "user", "content": "How many feet are in a mile?"}]
answer = client.chat.completions.create(model="able", messages=question)
print("answer:", answer.choices[0].message.content)
print("usage:", answer.usage.total_tokens)

stream = client.chat.completions.create(
    model="able",
    messages=question,
    stream=True,
    stream_options={"include_usage": True},
)
text = ""
for chunk in stream:
    text += "".join(choice.delta.content or "" for choice in chunk.choices)
    if chunk.usage is not None:
        print("stream usage:", chunk.usage.total_tokens)
print("stream:", text)

GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
messages = [{"role": "user", "content": "What is the weather in Seattle?"}]
asked = client.chat.completions.create(model="able", messages=messages, tools=[GET_WEATHER]).choices[0].message
call = asked.tool_calls[0]
city = json.loads(call.function.arguments)["city"]
messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": f"Sunny in {city}"}]
answer = client.chat.completions.create(model="able", messages=messages, tools=[GET_WEATHER])
print("tool:", answer.choices[0].message.content)


class Distance(BaseModel):
    """How far two cities are apart."""

    city: str
    miles: int


far = [{"role": "user", "content": "How far is Portland?"}]
parsed = client.chat.completions.parse(model="able", messages=far, response_format=Distance)
print("structured:", parsed.choices[0].message.parsed)

vectors = client.embeddings.create(model="demo-embed", input=["first phrase", "second phrase"]).data
print("embeddings:", len(vectors), len(vectors[0].embedding))

print("responses:", client.responses.create(model="able", input="How many feet are in a mile?").output_text)
