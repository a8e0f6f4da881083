"""Forms with files: the model's name is found and replaced, whatever else they hold; what is no form is refused."""

import logging
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import Caller, Canned, deployment
from zaffre.api.openai.forms import MOST_PARTS, form_of
from zaffre.core.errors import BadRequest, InvalidParameters
from zaffre.core.relay import FormPassage

TYPE = b"multipart/form-data; boundary=b"
PART = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1'
MODEL = PART.replace(b'"a"', b'"model"')
END = b"\r\n--b--"
LARGE = 16 * 2**20
"""Bytes."""

_names = st.text("abcdefgh -_", min_size=1).filter(lambda name: name != "model")
_data = st.binary(max_size=60) | st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"x"])).map(b"".join)
_parts = st.lists(st.tuples(_names, _data.filter(lambda data: b"--b" not in data)), max_size=4)


_models = st.text("abc/._-\r\n", min_size=1, max_size=20).filter(lambda model: "--b" not in model)


def written(parts: list[tuple[str, bytes]]) -> bytes:
    lines = [b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), d) for n, d in parts]
    return b"".join([*lines, b"--b--\r\n"])


def named(body: bytes, model: str, content_type: bytes = TYPE) -> bytes:
    """The form with this model in it."""
    form = form_of(content_type, body)
    return FormPassage("images/edits", body, content_type, form.boundary, form.span).body(model)


@given(_parts, _parts, _models)
def test_nothing_of_a_form_changes_but_the_models_name(before: list, after: list, model: str) -> None:  # type: ignore[type-arg]
    quoted = b'multipart/form-data; boundary="b"'
    body = written([*before, ("model", model.encode()), *after])
    assert form_of(quoted, body).model == model
    assert named(body, "other", quoted) == written([*before, ("model", b"other"), *after])


@given(_parts, st.sampled_from([b"", b"\r\n"]))
def test_a_form_without_a_model_gets_one_in_front(parts: list, lead: bytes) -> None:  # type: ignore[type-arg]
    assert named(lead + written(parts), "other") == lead + written([("model", b"other"), *parts])


@given(st.binary() | st.lists(st.sampled_from([PART, MODEL, END, b"\r\n", b"--b", b":"])).map(b"".join), st.binary())
def test_whatever_comes_is_a_form_or_refused(body: bytes, parameters: bytes) -> None:
    for content_type in (TYPE, b"multipart/form-data; boundary=" + parameters):
        with suppress(BadRequest, InvalidParameters):
            form_of(content_type, body)


@pytest.mark.parametrize(
    ("content_type", "body", "word"),
    [
        (b"multipart/form-data", b"", "boundary"),
        (b"multipart/form-data; boundary=" + b"b" * 300, PART + END, "oundary"),
        (TYPE, b"nothing", "form"),
        (TYPE, PART, "form"),
        (TYPE, PART + END, "model"),
        (TYPE, MODEL[:-1] + END, "model"),
        (TYPE, MODEL + b"\r\n" + PART + b"\r\n" + MODEL + END, "model"),
        (TYPE, b"\r\n".join([PART] * (MOST_PARTS + 2)) + END, "1000 parts"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    content_type: bytes, body: bytes, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caller = Caller(deployment("script", Canned()))
    with caplog.at_level(logging.DEBUG):
        refused = await caller.post("/openai/v1/images/edits", body, content_type=content_type.decode())
    assert refused.status == 400
    assert isinstance(refused.body, bytes)
    error = msgspec.json.decode(refused.body)["error"]
    assert word in f"{error['message']} {error.get('param')}"
    assert caplog.text == ""


@pytest.mark.parametrize("filler", [b"\r\n--bX", b"\r\n--b\r\n\r\n", b"\r\n--b\t"])
def test_a_body_made_to_be_read_byte_by_byte_is_refused_unread(filler: bytes) -> None:
    body = PART + filler * (LARGE // len(filler)) + b" " * LARGE
    with pytest.raises(BadRequest):
        form_of(TYPE, body)


async def test_what_is_neither_json_nor_a_form_is_told_both() -> None:
    caller = Caller(deployment("script", Canned()))
    refused = await caller.post("/openai/v1/audio/transcriptions", b"model=a", content_type="text/plain")
    assert refused.status == 415
    assert isinstance(refused.body, bytes)
    assert b"application/json or multipart/form-data" in refused.body
