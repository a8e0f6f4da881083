"""azure-ai-contentsafety, unchanged."""

import json
import urllib.request
from typing import Any

import pytest
from azure.ai.contentsafety import BlocklistClient, ContentSafetyClient
from azure.ai.contentsafety.aio import ContentSafetyClient as AsyncContentSafetyClient
from azure.ai.contentsafety.models import (
    AddOrUpdateTextBlocklistItemsOptions,
    AnalyzeTextOptions,
    AnalyzeTextOutputType,
    RemoveTextBlocklistItemsOptions,
    TextBlocklist,
    TextBlocklistItem,
    TextCategory,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ManagedIdentityCredential

from tests.cli.command import KEY
from tests.sdk.content_safety.conftest import Served


def severities(answer: Any) -> dict[str, int]:
    return {each.category: each.severity for each in answer.categories_analysis}


def test_a_text_is_judged(client: ContentSafetyClient) -> None:
    answer = client.analyze_text(AnalyzeTextOptions(text="hate 0.5 and violence 0.95"))
    assert severities(answer) == {"Hate": 4, "SelfHarm": 0, "Sexual": 0, "Violence": 6}
    assert answer.blocklists_match == []
    assert answer.categories_analysis[0]["score"] == 0.5


def test_categories_and_levels_are_chosen(client: ContentSafetyClient) -> None:
    options = AnalyzeTextOptions(
        text="sexual 0.2",
        categories=[TextCategory.SEXUAL],
        output_type=AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS,
    )
    assert severities(client.analyze_text(options)) == {"Sexual": 2}


async def test_the_asynchronous_client_is_answered_too(served: Served) -> None:
    async with AsyncContentSafetyClient(served.http, AzureKeyCredential(KEY)) as client:
        assert severities(await client.analyze_text(AnalyzeTextOptions(text="self_harm 0.99")))["SelfHarm"] == 6


def test_a_token_opens_as_a_key_does(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    said = served.authority
    for name, value in (("SSL_CERT_FILE", served.certificate), ("REQUESTS_CA_BUNDLE", served.certificate)):
        monkeypatch.setenv(name, value)
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, said[name])
    with (
        ManagedIdentityCredential() as credential,
        ContentSafetyClient(served.https, credential) as client,
    ):
        assert severities(client.analyze_text(AnalyzeTextOptions(text="hate 0.9")))["Hate"] == 6


def test_a_wrong_key_is_an_authentication_error(served: Served) -> None:
    with (
        ContentSafetyClient(served.http, AzureKeyCredential("another")) as client,
        pytest.raises(ClientAuthenticationError, match="Access denied due to invalid subscription key"),
    ):
        client.analyze_text(AnalyzeTextOptions(text="a text"))


def test_a_text_that_is_too_long_is_refused(client: ContentSafetyClient) -> None:
    for length in (10_001, 1_000_000):
        with pytest.raises(HttpResponseError) as refused:
            client.analyze_text(AnalyzeTextOptions(text="a" * length))
        assert (refused.value.status_code, refused.value.error.code) == (400, "InvalidRequestBody")  # type: ignore[union-attr]
    client.analyze_text(AnalyzeTextOptions(text="a" * 10_000))


def test_a_list_is_made_filled_found_emptied_and_deleted(client: ContentSafetyClient, lists: BlocklistClient) -> None:
    made = lists.create_or_update_text_blocklist("Mine", TextBlocklist(blocklist_name="Mine", description="of mine"))
    assert (made.blocklist_name, made.description) == ("Mine", "of mine")
    assert [each.blocklist_name for each in lists.list_text_blocklists()] == ["Mine"]
    assert lists.get_text_blocklist("Mine").description == "of mine"

    wanted = [TextBlocklistItem(text="k*ll", description="a verb"), TextBlocklistItem(text="h*te")]
    options = AddOrUpdateTextBlocklistItemsOptions(blocklist_items=wanted)
    items = lists.add_or_update_blocklist_items("Mine", options).blocklist_items
    assert [(each.text, each.description) for each in items] == [("k*ll", "a verb"), ("h*te", None)]
    assert [each.text for each in lists.list_text_blocklist_items("Mine", maxpagesize=1)] == ["k*ll", "h*te"]
    first = items[0].blocklist_item_id
    assert lists.get_text_blocklist_item("Mine", first).text == "k*ll"

    asked = AnalyzeTextOptions(text="I h*te you and want to K*LL you, violence 0.9", blocklist_names=["Mine"])
    answer = client.analyze_text(asked)
    assert [(each.blocklist_name, each.blocklist_item_text) for each in answer.blocklists_match] == [
        ("Mine", "k*ll"),
        ("Mine", "h*te"),
    ]
    assert severities(answer)["Violence"] == 6
    asked.halt_on_blocklist_hit = True
    assert client.analyze_text(asked).categories_analysis == []

    lists.remove_blocklist_items("Mine", RemoveTextBlocklistItemsOptions(blocklist_item_ids=[first]))
    assert [each.text for each in lists.list_text_blocklist_items("Mine")] == ["h*te"]
    lists.delete_text_blocklist("Mine")
    with pytest.raises(ResourceNotFoundError) as gone:
        lists.get_text_blocklist("Mine")
    assert gone.value.error.code == "ResourceNotFound"  # type: ignore[union-attr]


def test_a_long_list_is_turned_page_by_page(lists: BlocklistClient) -> None:
    lists.create_or_update_text_blocklist("long", {"description": "many"})
    for hundred in range(0, 300, 100):
        items = [TextBlocklistItem(text=f"item {number}") for number in range(hundred, hundred + 100)]
        lists.add_or_update_blocklist_items("long", AddOrUpdateTextBlocklistItemsOptions(blocklist_items=items))
    assert [each.text for each in lists.list_text_blocklist_items("long")] == [f"item {n}" for n in range(300)]
    assert len(list(lists.list_text_blocklist_items("long", top=120, skip=5))) == 120
    lists.delete_text_blocklist("long")


def test_the_prompt_shield_answers_by_rest(served: Served) -> None:
    body = json.dumps({"userPrompt": "jailbreak 0.9", "documents": ["indirect_attack 0.1", "indirect_attack 0.9"]})
    request = urllib.request.Request(
        f"{served.http}/contentsafety/text:shieldPrompt?api-version=2024-09-01",
        body.encode(),
        {"Ocp-Apim-Subscription-Key": KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        said = json.load(answer)
    assert said["userPromptAnalysis"]["attackDetected"] is True
    assert [each["attackDetected"] for each in said["documentsAnalysis"]] == [False, True]
