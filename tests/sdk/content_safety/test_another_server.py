"""Another server of ours can be the service that a classifier asks."""

import pytest

from tests.cli.command import KEY
from tests.sdk.content_safety.conftest import Served
from zaffre.net.client import Client
from zaffre.safety.adapters.adapter import Adapter
from zaffre.safety.adapters.azure import AzureContentSafety
from zaffre.safety.adapters.moderation import OpenAIModeration
from zaffre.safety.adapters.remote import Remote


async def test_as_azures_service_and_as_openais(served: Served) -> None:
    client = Client()
    azure = AzureContentSafety(Remote("azure", client.pool(served.http), {"ocp-apim-subscription-key": KEY}))
    fields = {"authorization": f"Bearer {KEY}"}
    openai = OpenAIModeration(Remote("openai", client.pool(f"{served.http}/openai/v1"), fields))
    try:
        one = await Adapter("azure", azure, timeout=30).classify("hate 0.5 jailbreak 0.9" + " word" * 5000, "prompt")
        document = await Adapter("azure", azure, timeout=30).classify("indirect_attack 0.2", "document")
        other = await Adapter("openai", openai, timeout=30).classify("hate 0.5 sexual 0.15", "completion")
    finally:
        await client.close()
    assert (one.severities["hate"], one.scores["hate"], one.detected) == (4, 0.5, {"jailbreak": True})
    assert document.detected == {"indirect_attack": False}
    assert (other.severities["hate"], other.severities["sexual"]) == (4, 2)
    assert other.scores["hate"] == pytest.approx(0.5)
