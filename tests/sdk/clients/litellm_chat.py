"""LiteLLM: chat, a stream, a tool and embeddings, with its `azure_ai/` models."""

import json
import os

from litellm import completion, embedding

server = {"api_base": os.environ["ZAFFRE_ENDPOINT"] + "/models", "api_key": os.environ["ZAFFRE_KEY"]}
question = [{"role": "user", "content": "How many feet are in a mile?"}]
print("answer:", completion("azure_ai/able", question, **server).choices[0].message.content)
stream = completion("azure_ai/able", question, stream=True, **server)
print("stream:", "".join(chunk.choices[0].delta.content or "" for chunk in stream))

GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
messages = [{"role": "user", "content": "What is the weather in Seattle?"}]
asked = completion("azure_ai/able", messages, tools=[GET_WEATHER], **server).choices[0].message
call = asked.tool_calls[0]
city = json.loads(call.function.arguments)["city"]
messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": f"Sunny in {city}"}]
print("tool:", completion("azure_ai/able", messages, tools=[GET_WEATHER], **server).choices[0].message.content)

vectors = embedding("azure_ai/demo-embed", ["first phrase", "second phrase"], **server).data
print("embeddings:", len(vectors), len(vectors[0]["embedding"]))
