"""The SDK that the API was made for: chat, a stream, embeddings of texts and images."""

import os

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient
from azure.ai.inference.models import ImageEmbeddingInput, UserMessage
from azure.core.credentials import AzureKeyCredential

endpoint = os.environ["ZAFFRE_ENDPOINT"] + "/models"
credential = AzureKeyCredential(os.environ["ZAFFRE_KEY"])

chat = ChatCompletionsClient(endpoint, credential, model="demo")
question = [UserMessage("How many feet are in a mile?")]
print("answer:", chat.complete(messages=question).choices[0].message.content)
stream = chat.complete(messages=question, stream=True)
print("stream:", "".join(update.choices[0].delta.content for update in stream))

texts = EmbeddingsClient(endpoint, credential, model="demo-embed")
print("embeddings:", len(texts.embed(input=["first phrase", "second phrase"]).data))

images = ImageEmbeddingsClient(endpoint, credential, model="demo-image")
picture = ImageEmbeddingInput(image="data:image/png;base64,iVBORw0KGgo=")
print("images:", len(images.embed(input=[picture]).data))
