"""For code that insists on a token credential: the key is the token. The SDK sends tokens over https only."""

import os
import time

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.core.credentials import AccessToken


class KeyAsToken:
    """What `DefaultAzureCredential()` is replaced with."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


chat = ChatCompletionsClient(os.environ["ZAFFRE_TLS_ENDPOINT"] + "/models", KeyAsToken(), model="demo")
print("answer:", chat.complete(messages=[UserMessage("How many feet are in a mile?")]).choices[0].message.content)
