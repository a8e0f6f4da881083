"""Text completion."""

from typing import Any

from openai import OpenAI

from tests.sdk.azure_openai.questions import MILE
from tests.sdk.azure_openai.ways import Way
from tests.sdk.server import Server

ASKED: Any = {"model": "able", "prompt": "How many feet are in a mile?"}


def test_text_is_completed(client: OpenAI) -> None:
    answer = client.completions.create(**ASKED)
    assert (answer.object, answer.model) == ("text_completion", "scripted-able")
    assert [(choice.text, choice.finish_reason) for choice in answer.choices] == [(MILE, "stop")]
    assert answer.id.startswith("cmpl-")


def test_each_prompt_has_a_choice_of_its_own(client: OpenAI) -> None:
    answer = client.completions.create(model="able", prompt=["How many feet?", "How many feet, again?"], max_tokens=2)
    assert [(choice.index, choice.text) for choice in answer.choices] == [(0, "There are"), (1, "There are")]


def test_text_is_completed_in_a_stream(way: Way, server: Server) -> None:
    # The SDK's strict validation knows no choice without a finish_reason, which OpenAI's own streams have.
    with way.client(server, _strict_response_validation=False) as client:
        whole = client.completions.create(**ASKED)
        *chunks, last = client.completions.create(**ASKED, stream=True, stream_options={"include_usage": True})
    assert whole.choices[0].text == "".join(chunk.choices[0].text for chunk in chunks) == MILE
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert (last.choices, last.usage) == ([], whole.usage)
