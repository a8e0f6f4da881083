"""`azure-ai-inference`: embeddings of texts and of images, in every encoding."""

import base64
import math
import struct
from collections.abc import Sequence

import pytest
from azure.ai.inference import EmbeddingsClient, ImageEmbeddingsClient
from azure.ai.inference.aio import EmbeddingsClient as AsyncEmbeddingsClient
from azure.ai.inference.aio import ImageEmbeddingsClient as AsyncImageEmbeddingsClient
from azure.ai.inference.models import EmbeddingInputType, ImageEmbeddingInput
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from tests.sdk.server import Server

PHRASES = ["first phrase", "second phrase", "third phrase"]
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def text_client(server: Server) -> EmbeddingsClient:
    return EmbeddingsClient(f"{server.http}/models", AzureKeyCredential(server.key), model="demo-embed")


def image_client(server: Server) -> ImageEmbeddingsClient:
    return ImageEmbeddingsClient(f"{server.http}/models", AzureKeyCredential(server.key), model="demo-image")


def length(vector: Sequence[float]) -> float:
    return math.sqrt(sum(value * value for value in vector))


def test_texts_become_vectors_in_the_order_they_came(server: Server) -> None:
    with text_client(server) as client:
        together = client.embed(input=PHRASES)
        alone = [client.embed(input=[phrase]).data[0].embedding for phrase in PHRASES]
    assert [item.index for item in together.data] == [0, 1, 2]
    assert [item.embedding for item in together.data] == alone
    assert all(len(vector) == 16 and length(vector) == pytest.approx(1, abs=1e-5) for vector in alone)
    assert together.model == "scripted-embed"
    assert together.usage.total_tokens == together.usage.prompt_tokens == 6


async def test_the_asynchronous_clients_get_the_same(server: Server) -> None:
    key = AzureKeyCredential(server.key)
    async with AsyncEmbeddingsClient(f"{server.http}/models", key, model="demo-embed") as texts:
        text = await texts.embed(input=PHRASES)
    async with AsyncImageEmbeddingsClient(f"{server.http}/models", key, model="demo-image") as images:
        image = await images.embed(input=[ImageEmbeddingInput(image=IMAGE)])
    with text_client(server) as client:
        assert client.embed(input=PHRASES).data == text.data
    with image_client(server) as client:
        assert client.embed(input=[ImageEmbeddingInput(image=IMAGE)]).data == image.data


def test_base64_holds_the_same_numbers_as_little_endian_floats(server: Server) -> None:
    with text_client(server) as client:
        numbers = client.embed(input=["phrase"], encoding_format="float").data[0].embedding
        packed = client.embed(input=["phrase"], encoding_format="base64").data[0].embedding
    assert struct.unpack("<16f", base64.b64decode(packed)) == pytest.approx(numbers, abs=1e-6)


@pytest.mark.parametrize(
    ("encoding", "size", "lowest", "highest"),
    [("int8", 16, -128, 127), ("uint8", 16, 0, 255), ("binary", 2, -128, 127), ("ubinary", 2, 0, 255)],
)
def test_integers_stay_integers(server: Server, encoding: str, size: int, lowest: int, highest: int) -> None:
    with text_client(server) as client:
        vector = client.embed(input=["phrase"], encoding_format=encoding).data[0].embedding
    assert len(vector) == size
    assert all(isinstance(value, int) and lowest <= value <= highest for value in vector)


def test_fewer_dimensions_may_be_asked_for_and_more_are_refused(server: Server) -> None:
    with text_client(server) as client:
        short = client.embed(input=["phrase"], dimensions=8).data[0].embedding
        with pytest.raises(HttpResponseError) as refused:
            client.embed(input=["phrase"], dimensions=17)
    assert len(short) == 8
    assert length(short) == pytest.approx(1, abs=1e-5)
    assert refused.value.status_code == 422


def test_an_input_type_may_be_named(server: Server) -> None:
    with text_client(server) as client:
        for kind in EmbeddingInputType:
            assert client.embed(input=["phrase"], input_type=kind).data


def test_an_image_becomes_a_vector_alone_and_with_text(server: Server) -> None:
    with image_client(server) as client:
        alone = client.embed(input=[ImageEmbeddingInput(image=IMAGE)]).data[0].embedding
        described = client.embed(input=[ImageEmbeddingInput(image=IMAGE, text="A picture")]).data[0].embedding
    assert length(alone) == pytest.approx(1, abs=1e-5)
    assert described != alone


def test_a_model_of_one_kind_serves_no_other(server: Server) -> None:
    with text_client(server) as client, pytest.raises(HttpResponseError, match=r"(?i)not found|not allowed") as refused:
        client.embed(input=["phrase"], model="demo")
    assert refused.value.status_code in (404, 405)
