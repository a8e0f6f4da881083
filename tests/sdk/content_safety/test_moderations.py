"""OpenAI's client moderates texts, unchanged."""

import pytest
from openai import AsyncOpenAI, BadRequestError, OpenAI

from tests.cli.command import KEY
from tests.sdk.content_safety.conftest import Served


def test_openais_client_moderates_a_text(openai: OpenAI) -> None:
    answer = openai.moderations.create(input="violence 0.9", model="omni-moderation-latest")
    (result,) = answer.results
    assert (answer.model, result.flagged) == ("omni-moderation-latest", True)
    assert (result.categories.violence, result.categories.hate, result.categories.self_harm) == (True, False, False)
    assert result.category_scores.violence == 0.9
    assert result.category_applied_input_types.violence == ["text"]


async def test_and_several_at_once(served: Served) -> None:
    async with AsyncOpenAI(base_url=f"{served.http}/v1", api_key=KEY) as client:
        answer = await client.moderations.create(input=["a text", "hate 0.9", "sexual 0.05"])
    assert [each.flagged for each in answer.results] == [False, True, False]


def test_what_cannot_be_moderated_is_a_bad_request(openai: OpenAI) -> None:
    with pytest.raises(BadRequestError):
        openai.moderations.create(input=[{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}])
