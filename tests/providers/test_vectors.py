"""Embeddings: what upstreams are asked for, and what becomes of their vectors."""

import json
from base64 import b64encode
from struct import pack

import pytest
from msgspec import Raw

from tests.providers.requests import embeddings, images
from zaffre.core.errors import UnsupportedParameters, UpstreamError
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import ErrorInBody

PNG = "data:image/png;base64,iVBORw=="
FIRST, SECOND = [0.5, -0.25, 1.0], [-1.0, 0.0, 2.0]


def packed(vector):
    return b64encode(pack("<3f", *vector)).decode()


def answer(*vectors, order=None, **more):
    places = order or range(len(vectors))
    items = [{"object": "embedding", "index": i, "embedding": v} for i, v in zip(places, vectors, strict=True)]
    return json.dumps({"object": "list", "data": items, **more}).encode()


def sent(provider, body, route="embeddings"):
    request = (embeddings if route == "embeddings" else images)(body)
    return json.loads(getattr(PROVIDERS[provider], route).encode(request, "m").body)


def got(provider, body, reply, route="embeddings"):
    request = (embeddings if route == "embeddings" else images)(body)
    return getattr(PROVIDERS[provider], route).decode(reply, request)


TWO = {"input": ["a", "b"]}


@pytest.mark.parametrize(("asked", "form"), [("float", list), ("base64", packed)])
def test_vectors_in_the_encoding_asked_for_are_carried_as_they_came(asked, form):
    reply = answer(form(FIRST), form(SECOND))
    vectors = got("openai", TWO | {"encoding_format": asked}, reply)
    assert isinstance(vectors.data, Raw)
    assert json.loads(bytes(vectors.data)) == json.loads(reply)["data"]


@pytest.mark.parametrize(
    ("provider", "asked", "wire"),
    [
        ("openai", None, None), ("openai", "float", None), ("openai", "base64", "base64"), ("openai", "ubinary", None),
        ("ollama", "base64", None), ("azure-ai-inference", "int8", "int8"),
    ],
)  # fmt: skip
def test_a_vendor_is_asked_for_the_formats_it_knows(provider, asked, wire):
    assert (
        sent(provider, {"input": "a", "encoding_format": asked} if asked else {"input": "a"}).get("encoding_format")
        == wire
    )


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("base64", [packed(FIRST), packed(SECOND)]),
        ("ubinary", [[0b10100000], [0b00100000]]),
        ("binary", [[0b10100000 - 128], [0b00100000 - 128]]),
    ],
)
def test_what_a_vendor_cannot_write_is_made_of_its_floats(asked, written):
    assert got("ollama", TWO | {"encoding_format": asked}, answer(FIRST, SECOND)).data == written


def test_vectors_that_are_written_anew_are_put_in_order():
    reply = answer(SECOND, FIRST, order=[1, 0])
    assert got("ollama", TWO | {"encoding_format": "base64"}, reply).data == [packed(FIRST), packed(SECOND)]


@pytest.mark.parametrize(("asked", "form"), [("base64", list), ("float", packed)])
def test_a_server_that_ignores_the_encoding_is_mended(asked, form):
    vectors = got("openai", TWO | {"encoding_format": asked}, answer(form(FIRST), form(SECOND)))
    expected = [packed(FIRST), packed(SECOND)] if asked == "base64" else [FIRST, SECOND]
    assert [v if isinstance(v, str) else list(v) for v in vectors.data] == expected


@pytest.mark.parametrize("asked", ["int8", "uint8"])
@pytest.mark.parametrize("provider", ["openai", "jina"])
def test_formats_that_only_the_model_can_write_are_refused_where_it_does_not(provider, asked):
    with pytest.raises(UnsupportedParameters) as caught:
        sent(provider, {"input": "a", "encoding_format": asked})
    (complaint,) = caught.value.complaints
    assert (complaint.loc, complaint.input) == (["body", "encoding_format"], asked)


@pytest.mark.parametrize(
    "reply",
    [
        b"{}", b"", b'{"data":[]}', b'{"data":"x"}', answer(FIRST), answer(FIRST, SECOND, order=[0, 0]),
        answer("not base64!", packed(SECOND)), answer("AAA=", "AAA="),
    ],
)  # fmt: skip
def test_vectors_that_cannot_be_read_are_the_upstreams_failure(reply):
    with pytest.raises(UpstreamError):
        got("ollama", TWO | {"encoding_format": "ubinary"}, reply)


@pytest.mark.parametrize("provider", ["openai", "cohere"])
def test_an_error_inside_a_good_status_is_an_error(provider):
    with pytest.raises(ErrorInBody):
        got(provider, TWO, b'{"error": {"message": "no", "code": 429}}')


@pytest.mark.parametrize("said", [{"prompt_tokens": 4, "total_tokens": 4}, {"total_tokens": 4}])
def test_usage_counts_the_prompt_alone(said):
    usage = got("openai", TWO, answer(FIRST, SECOND, usage=said)).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (4, 0, 4)


@pytest.mark.parametrize(
    ("provider", "field", "words"),
    [
        ("openai", "input_type", {"text": None}),
        ("azure-ai-inference", "input_type", {"text": "text", "query": "query", "document": "document"}),
        ("nvidia", "input_type", {"text": None, "query": "query", "document": "passage"}),
        ("jina", "task", {"text": None, "query": "retrieval.query", "document": "retrieval.passage"}),
        ("voyage", "input_type", {"text": None, "query": "query", "document": "document"}),
        ("cohere", "input_type", {"text": "search_document", "query": "search_query", "document": "search_document"}),
    ],
)
def test_input_types_are_said_in_the_vendors_words(provider, field, words):
    assert {type_: sent(provider, {"input": "a", "input_type": type_}).get(field) for type_ in words} == words


def test_an_input_type_beyond_the_vendor_is_unsupported():
    assert "input_type" in PROVIDERS["openai"].embeddings.unsupported
    assert "input_type" not in PROVIDERS["voyage"].embeddings.unsupported
    with pytest.raises(UnsupportedParameters):
        sent("openai", {"input": "a", "input_type": "query"})


@pytest.mark.parametrize("provider", ["mistral", "voyage"])
def test_quantised_vectors_and_sizes_have_names_of_their_own(provider):
    body = sent(provider, {"input": "a", "encoding_format": "int8", "dimensions": 256})
    assert body == {"input": "a", "model": "m", "output_dtype": "int8", "output_dimension": 256}


def test_token_ids_are_one_input_or_many():
    reply = answer(FIRST)
    assert got("ollama", {"input": [1, 2, 3], "encoding_format": "base64"}, reply).data == [packed(FIRST)]
    assert got("ollama", {"input": [[1, 2, 3]], "encoding_format": "base64"}, reply).data == [packed(FIRST)]


def test_cohere_takes_no_token_ids():
    with pytest.raises(UnsupportedParameters):
        sent("cohere", {"input": [1, 2]})


@pytest.mark.parametrize(
    ("asked", "written"), [("float", [FIRST]), ("base64", [packed(FIRST)]), ("int8", [[1, -2]]), ("ubinary", [[200]])]
)
def test_cohere_writes_every_format_itself(asked, written):
    reply = json.dumps({"id": "1", "embeddings": {asked: written}, "texts": ["a"]}).encode()
    assert sent("cohere", {"input": "a", "encoding_format": asked})["embedding_types"] == [asked]
    vectors = got("cohere", {"input": "a", "encoding_format": asked}, reply)
    assert vectors.data == written
    assert vectors.usage is None


def test_cohere_takes_images_alone_or_with_their_texts():
    alone = sent("cohere", {"input": [{"image": PNG}]}, "image_embeddings")
    assert (alone["images"], alone["input_type"]) == ([PNG], "image")
    mixed = sent("cohere", {"input": [{"image": PNG, "text": "a cat"}, {"image": PNG}]}, "image_embeddings")
    image = {"type": "image_url", "image_url": {"url": PNG}}
    assert mixed["inputs"] == [{"content": [{"type": "text", "text": "a cat"}, image]}, {"content": [image]}]
    assert "images" not in mixed


def test_jina_takes_the_bytes_of_an_image_without_the_url_around_them():
    body = sent("jina", {"input": [{"image": PNG}, {"image": "https://a.example/b.png"}]}, "image_embeddings")
    assert body["input"] == [{"image": "iVBORw=="}, {"image": "https://a.example/b.png"}]


def test_jina_refuses_a_text_beside_an_image_by_its_place():
    with pytest.raises(UnsupportedParameters) as caught:
        sent("jina", {"input": [{"image": PNG}, {"image": PNG, "text": "a"}]}, "image_embeddings")
    assert caught.value.complaints[0].loc == ["body", "input", "1", "text"]


def test_voyage_takes_images_with_their_texts():
    body = sent("voyage", {"input": [{"image": PNG, "text": "a"}], "encoding_format": "base64"}, "image_embeddings")
    image = {"type": "image_base64", "image_base64": PNG}
    assert body == {"model": "m", "inputs": [{"content": [{"type": "text", "text": "a"}, image]}]}


def test_extra_fields_reach_the_vendors_whose_request_is_written_anew():
    assert sent("cohere", {"input": "a", "truncate": "NONE"})["truncate"] == "NONE"
    assert sent("voyage", {"input": [{"image": PNG}], "truncation": False}, "image_embeddings")["truncation"] is False
