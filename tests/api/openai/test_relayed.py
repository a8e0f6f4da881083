"""Images and audio: handed on with the upstream's name for the model, and not a byte else changed."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncAzureOpenAI, AsyncOpenAI, BadRequestError, NotFoundError, RateLimitError

from tests.api.canned import KEY, Caller, Canned, deployment
from tests.net.serving import serving
from tests.providers.upstream import Answer, Upstream, whole
from zaffre.api.openai.forms import form_of
from zaffre.core.modality import Modality
from zaffre.core.relay import FormPassage
from zaffre.net.client import Client
from zaffre.providers import connect

PART = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1'
PICTURE = {"created": 1, "data": [{"b64_json": "AA=="}]}
SOUND = b"RIFF" + bytes(range(256)) * 40


class World:
    """A server, its upstream, and the published client."""

    def __init__(self, upstream: Upstream, address: str) -> None:
        self.upstream = upstream
        self.address = address
        self.client = AsyncOpenAI(base_url=f"{address}/openai/v1", api_key=KEY, max_retries=0)

    @property
    def form(self) -> bytes:
        return self.upstream.asked[-1].body


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(Upstream())
        client = Client()
        stack.push_async_callback(client.close)
        connection = connect(
            "c", "openai-compatible", client=client, base_url=f"{upstream.url}/v1", credential="upstream-key"
        )
        caller = Caller(
            deployment("pictures", connection.backend("dall-e-3"), Modality.IMAGES),
            deployment("sounds", connection.backend("whisper-1"), Modality.AUDIO),
            deployment("words", connection.backend("gpt-4o")),
            deployment("script", Canned()),
        )
        address = await stack.enter_async_context(serving(caller.router.answer, "lane"))
        world = World(upstream, address.url)
        stack.push_async_callback(world.client.close)
        yield world


async def test_a_picture_is_drawn(world: World) -> None:
    world.upstream.answer = whole(PICTURE)
    drawn = await world.client.images.generate(model="Pictures", prompt="A cat", n=1, extra_body={"odd": [1]})
    assert drawn.data[0].b64_json == "AA=="
    asked = world.upstream.asked[-1]
    assert asked.target == "/v1/images/generations"
    assert asked.headers["authorization"] == "Bearer upstream-key"
    assert asked.json == {"model": "dall-e-3", "prompt": "A cat", "n": 1, "odd": [1]}


async def test_a_picture_is_edited(world: World) -> None:
    world.upstream.answer = whole(PICTURE)
    await world.client.images.edit(model="pictures", prompt="A dog", image=("cat.png", SOUND, "image/png"))
    assert b'name="model"\r\n\r\ndall-e-3\r\n' in world.form
    assert SOUND in world.form
    assert world.upstream.asked[-1].headers["content-type"].startswith("multipart/form-data; boundary=")


async def test_speech_becomes_text_in_the_form_that_was_asked_for(world: World) -> None:
    world.upstream.answer = whole({"text": "Hello."})
    heard = await world.client.audio.transcriptions.create(model="sounds", file=("a.wav", SOUND))
    assert heard.text == "Hello."
    world.upstream.answer = Answer([b"1\n00:00 --> 00:01\nHello."], 200, {"content-type": "text/plain"})
    file = ("a.wav", SOUND)
    subtitles = await world.client.audio.transcriptions.create(model="sounds", file=file, response_format="srt")
    assert "Hello." in str(subtitles)


async def test_text_becomes_speech_piece_by_piece(world: World) -> None:
    world.upstream.answer = Answer([SOUND, SOUND, b""], 200, {"content-type": "audio/mpeg"})
    speech = world.client.audio.speech.with_streaming_response.create(model="sounds", voice="alloy", input="Hello.")
    async with speech as answer:
        assert answer.headers["content-type"] == "audio/mpeg"
        assert b"".join([piece async for piece in answer.iter_bytes()]) == SOUND * 2


async def test_the_address_names_the_deployment_on_the_classic_surface(world: World) -> None:
    world.upstream.answer = whole({"text": "Hello."})
    where = {"azure_endpoint": world.address, "azure_deployment": "sounds", "api_version": "2024-10-21"}
    async with AsyncAzureOpenAI(api_key=KEY, **where) as azure:
        await azure.audio.transcriptions.create(model="anything", file=("a.wav", SOUND))
    assert b'name="model"\r\n\r\nwhisper-1\r\n' in world.form


@pytest.mark.parametrize("model", ["words", "script", "sounds"])
async def test_a_model_that_draws_nothing_says_so(world: World, model: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        await world.client.images.generate(model=model, prompt="A cat")
    assert refused.value.code == "OperationNotSupported"
    assert world.upstream.asked == []


async def test_a_model_that_draws_does_not_chat(world: World) -> None:
    with pytest.raises(BadRequestError) as refused:
        await world.client.chat.completions.create(model="pictures", messages=[{"role": "user", "content": "Hi"}])
    assert refused.value.code == "OperationNotSupported"


async def test_an_upstreams_refusal_is_the_callers(world: World) -> None:
    world.upstream.answer = whole({"error": {"message": "No cats.", "code": "no_cats", "param": "prompt"}}, 400)
    with pytest.raises(BadRequestError) as refused:
        await world.client.images.generate(model="pictures", prompt="A cat")
    assert (refused.value.code, refused.value.param) == ("no_cats", "prompt")
    world.upstream.answer = whole({"error": {"message": "Slow down."}}, 429, retry_after="7")
    with pytest.raises(RateLimitError) as busy:
        await world.client.images.generate(model="pictures", prompt="A cat")
    assert busy.value.response.headers["retry-after"] == "7"


async def test_nobody_of_that_name_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError):
        await world.client.images.generate(model="nobody", prompt="A cat")


@pytest.mark.parametrize(
    ("content_type", "body", "word"),
    [
        (b"multipart/form-data", b"", "boundary"),
        (b"multipart/form-data; boundary=b", b"nothing", "form"),
        (b"multipart/form-data; boundary=b", PART, "form"),
        (b"multipart/form-data; boundary=b", PART + b"\r\n--b--", "model"),
        (b"multipart/form-data; boundary=b", PART.replace(b'"a"', b'"model"')[:-1] + b"\r\n--b--", "model"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(content_type: bytes, body: bytes, word: str) -> None:
    caller = Caller(deployment("script", Canned()))
    refused = await caller.post("/openai/v1/images/edits", body, content_type=content_type.decode())
    assert refused.status == 400
    assert isinstance(refused.body, bytes)
    assert word in json.loads(refused.body)["error"]["message"]


_names = st.text("abcdefgh -_", min_size=1).filter(lambda name: name != "model")
_parts = st.lists(st.tuples(_names, st.binary(max_size=60).filter(lambda data: b"--b" not in data)), max_size=4)


def written(parts: list[tuple[str, bytes]]) -> bytes:
    lines = [b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), d) for n, d in parts]
    return b"".join([*lines, b"--b--\r\n"])


@given(_parts, _parts, st.text("abc/._-", min_size=1, max_size=20))
def test_nothing_of_a_form_changes_but_the_models_name(before: list, after: list, model: str) -> None:  # type: ignore[type-arg]
    content_type = b'multipart/form-data; boundary="b"'
    body = written([*before, ("model", model.encode()), *after])
    form = form_of(content_type, body)
    assert form.model == model
    passage = FormPassage("images/edits", body, content_type, form.boundary, form.span)
    assert passage.body("other") == written([*before, ("model", b"other"), *after])
    bare = written([*before, *after])
    passage = FormPassage("images/edits", bare, content_type, b"b", form_of(content_type, bare).span)
    assert passage.body("other") == written([("model", b"other"), *before, *after])
