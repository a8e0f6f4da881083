"""Scripted embeddings: what is promised of the vectors, in every encoding."""

import math
import struct
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.scripted_requests import images, inputs
from zaffre.core.chat import Usage
from zaffre.core.errors import ContextOverflow, InvalidParameters, UnsupportedParameters
from zaffre.engine.scripted.backend import Scripted
from zaffre.engine.scripted.vectors import encoded, vector

MODEL = Scripted([], dimensions=64)


def data_url(image: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{b64encode(image).decode()}"


async def embedded(sent: Any, **fields: Any) -> list[Any]:
    return list((await MODEL.embed(inputs(sent, **fields))).data)


def cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True)) / math.hypot(*left) / math.hypot(*right)


@given(st.binary(), st.integers(1, 300), st.integers(1, 300))
def test_vectors_have_length_one_and_no_zero(content: bytes, dimensions: int, kept: int):
    for unit in (vector(content, dimensions), vector(content, dimensions, min(kept, dimensions))):
        assert math.isclose(math.hypot(*unit), 1)
        assert all(unit)


def test_a_text_has_this_vector_on_every_machine_and_in_every_release():
    assert [round(component, 6) for component in vector(b"hello", 4)] == [0.286186, 0.494795, -0.517208, 0.637002]


async def test_the_same_text_has_the_same_vector_and_another_text_another():
    first, second, third = await embedded(["hello", "world", "hello"])
    assert first == third != second
    assert abs(cosine(first, second)) < 0.5
    assert await embedded("hello") == [first]


@pytest.mark.parametrize("ids", [[1, 2, 3], [[1, 2], [3]]])
async def test_token_ids_are_refused_since_no_text_is_known_of_them(ids: object):
    with pytest.raises(UnsupportedParameters) as refused:
        await embedded(ids)
    assert refused.value.complaints[0].loc == ["body", "input"]


async def test_fewer_dimensions_are_the_first_ones_at_length_one_again():
    (full,), (short,) = await embedded("hello"), await embedded("hello", dimensions=10)
    assert len(short) == 10
    assert math.isclose(cosine(short, full[:10]), 1)
    assert math.isclose(math.hypot(*short), 1)


async def test_more_dimensions_than_there_are_are_refused():
    with pytest.raises(InvalidParameters) as caught:
        await embedded("hello", dimensions=65)
    complaint = caught.value.complaints[0]
    assert (caught.value.status, complaint.loc, complaint.input) == (422, ["body", "dimensions"], 65)
    assert "64" in complaint.msg


async def test_base64_holds_the_same_numbers_as_float32():
    (floats,), (text,) = await embedded("hello"), await embedded("hello", encoding_format="base64")
    assert struct.unpack("<64f", b64decode(text)) == pytest.approx(floats)


@pytest.mark.parametrize(("encoding", "low", "high", "middle"), [("int8", -127, 127, 0), ("uint8", 1, 255, 128)])
async def test_integer_formats_keep_the_direction(encoding: str, low: int, high: int, middle: int):
    (floats,), (numbers,) = await embedded("hello"), await embedded("hello", encoding_format=encoding)
    assert all(type(number) is int and low <= number <= high for number in numbers)
    assert cosine([number - middle for number in numbers], floats) > 0.999


async def test_packed_formats_hold_the_signs_eight_a_byte():
    (floats,), (packed,) = await embedded("hello"), await embedded("hello", encoding_format="ubinary")
    bits = "".join(f"{byte:08b}" for byte in packed)
    assert bits == "".join("1" if component > 0 else "0" for component in floats)
    assert await embedded("hello", encoding_format="binary") == [[byte - 128 for byte in packed]]


@given(st.binary(), st.integers(1, 100))
def test_no_int8_component_is_zero(content: bytes, dimensions: int):
    assert all(encoded(vector(content, dimensions), "int8"))


async def test_input_types_are_accepted():
    assert await embedded("hello", input_type="query") == await embedded("hello", input_type="document")


async def test_usage_counts_the_words_of_all_inputs():
    assert (await MODEL.embed(inputs(["one two", "three"]))).usage == Usage(3, 0, 3)
    assert (await MODEL.embed(inputs(""))).usage == Usage(1, 0, 1)


async def test_an_input_longer_than_the_context_is_refused():
    model = Scripted([], context=2)
    assert await model.embed(inputs(["one two", "three four"]))
    with pytest.raises(ContextOverflow, match="your input"):
        await model.embed(inputs(["one two three"]))


# -- images --


async def test_an_images_vector_is_that_of_its_bytes():
    urls = [data_url(b"cat"), data_url(b"cat", "jpeg"), data_url(b"dog"), "data:image/svg+xml,cat"]
    answer = await MODEL.embed_images(images(*({"image": url} for url in urls)))
    png, jpeg, dog, svg = answer.data
    assert png == jpeg == svg != dog


async def test_an_images_text_counts():
    answer = await MODEL.embed_images(images({"image": data_url(b"cat")}, {"image": data_url(b"cat"), "text": "a cat"}))
    assert answer.data[0] != answer.data[1]
    assert answer.usage == Usage(2, 0, 2)


@pytest.mark.parametrize("url", ["", "cat.png", "https://example.com/cat.png", "data:image/png;base64,@@@@",
                                 "data:image/png;base64,YQ", "data:image/png;base64,", "data:text/plain,cat",
                                 "data:image/png"])  # fmt: skip
async def test_what_is_no_data_url_of_an_image_is_named_by_its_place(url: str):
    with pytest.raises(InvalidParameters) as caught:
        await MODEL.embed_images(images({"image": data_url(b"cat")}, {"image": url}))
    complaint = caught.value.complaints[0]
    assert (complaint.loc, complaint.input) == (["body", "input", "1", "image"], url)


async def test_an_image_has_every_encoding_and_dimension():
    answer = await MODEL.embed_images(images({"image": data_url(b"cat")}, encoding_format="ubinary", dimensions=16))
    assert [len(packed) for packed in answer.data] == [2]
