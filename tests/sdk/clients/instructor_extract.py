"""Instructor: answers as objects of your own, whole and as they grow, on Azure OpenAI."""

import os

import instructor
from openai import AzureOpenAI
from pydantic import BaseModel


class Distance(BaseModel):
    """How far two cities are apart."""

    city: str
    miles: int


client = instructor.from_openai(
    AzureOpenAI(
        azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
        api_key=os.environ["ZAFFRE_KEY"],
        api_version="2024-10-21",
    )
)
question = [{"role": "user", "content": "How far is Portland?"}]
distance, completion = client.create_with_completion(model="able", messages=question, response_model=Distance)
print("answer:", distance)
print("usage:", completion.usage.total_tokens)
partial = list(client.create_partial(model="able", messages=question, response_model=Distance))
print("stream:", partial[-1])

by_schema = instructor.from_openai(client.client, mode=instructor.Mode.JSON_SCHEMA)
print("schema:", by_schema.create(model="able", messages=question, response_model=Distance))
