"""Embeddings: base64 by default, numbers, fewer dimensions, and token ids, which most models cannot read."""

import pytest
from openai import BadRequestError, OpenAI


def test_texts_are_embedded_in_the_encoding_that_the_sdk_asks_for(embedder: OpenAI) -> None:
    by_default = embedder.embeddings.create(model="able-embed", input=["first", "second"])
    numbers = embedder.embeddings.create(model="able-embed", input=["first", "second"], encoding_format="float")
    assert [item.index for item in by_default.data] == [0, 1]
    assert by_default.data[1].embedding == pytest.approx(numbers.data[1].embedding, abs=1e-6)
    assert by_default.model == "scripted-able-embed"
    assert by_default.usage.total_tokens == by_default.usage.prompt_tokens == 2


def test_base64_stays_base64_where_it_is_asked_for(embedder: OpenAI) -> None:
    answer = embedder.embeddings.create(model="able-embed", input="first", encoding_format="base64")
    assert isinstance(answer.data[0].embedding, str)


def test_fewer_dimensions_can_be_asked_for(embedder: OpenAI) -> None:
    answer = embedder.embeddings.create(model="able-embed", input="first", dimensions=8)
    assert len(answer.data[0].embedding) == 8


@pytest.mark.parametrize("tokens", [[9906, 1917], [[9906], [1917, 0]]], ids=["one", "several"])
def test_token_ids_are_refused_where_nobody_can_read_them(
    embedder: OpenAI, tokens: list[int] | list[list[int]]
) -> None:
    with pytest.raises(BadRequestError) as refused:
        embedder.embeddings.create(model="able-embed", input=tokens)
    assert refused.value.param.startswith("input")
