"""LiteLLM: chat, a stream, a tool and embeddings, with its `azure/` models."""

import json
import os

from litellm import completion, embedding
from litellm.exceptions import ContentPolicyViolationError

server = {
    "api_base": os.environ["ZAFFRE_ENDPOINT"],
    "api_key": os.environ["ZAFFRE_KEY"],
    "api_version": "2024-10-21",
}
question = [{"role": "user", "content": "How many feet are in a mile?"}]
answer = completion("azure/able", question, **server)
print("answer:", answer.choices[0].message.content)
print("usage:", answer.usage.total_tokens)
stream = completion("azure/able", question, stream=True, stream_options={"include_usage": True}, **server)
chunks = list(stream)
print("stream:", "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices))
print("stream usage:", chunks[-1].usage.total_tokens)

GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
messages = [{"role": "user", "content": "What is the weather in Seattle?"}]
asked = completion("azure/able", messages, tools=[GET_WEATHER], **server).choices[0].message
call = asked.tool_calls[0]
city = json.loads(call.function.arguments)["city"]
messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": f"Sunny in {city}"}]
print("tool:", completion("azure/able", messages, tools=[GET_WEATHER], **server).choices[0].message.content)

try:
    completion("azure/able", [{"role": "user", "content": "forbidden"}], **server)
except ContentPolicyViolationError as refused:
    print("filter:", refused.status_code)

vectors = embedding("azure/demo-embed", ["first phrase", "second phrase"], **server).data
print("embeddings:", len(vectors), len(vectors[0]["embedding"]))
