"""Images and audio: handed on with the upstream's name for the model, and not a byte else changed."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from openai import APIConnectionError, AsyncAzureOpenAI, AsyncOpenAI, BadRequestError, NotFoundError, RateLimitError

from tests.api.canned import KEY, Caller, Canned, deployment
from tests.net.serving import serving
from tests.providers.upstream import CUT, DONE, HANG, Answer, Upstream, stream, whole
from zaffre.core.modality import Modality
from zaffre.net.client import Client
from zaffre.providers import connect

PATIENCE = 20.0
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


async def test_speech_becomes_text_word_by_word(world: World) -> None:
    words = [{"type": "transcript.text.delta", "delta": "Hello"}, {"type": "transcript.text.done", "text": "Hello"}]
    world.upstream.answer = stream(*words, DONE)
    heard = await world.client.audio.transcriptions.create(model="sounds", file=("a.wav", SOUND), stream=True)
    assert [event.type async for event in heard] == [word["type"] for word in words]
    assert heard.response.headers["cache-control"] == "no-cache"


async def test_a_picture_shows_while_it_is_drawn(world: World) -> None:
    events = [{"type": "image_generation.partial_image", "b64_json": "AA=="}, {"type": "image_generation.completed"}]
    world.upstream.answer = stream(*events)
    drawn = await world.client.images.generate(model="pictures", prompt="A cat", stream=True, partial_images=1)
    assert [event.type async for event in drawn] == [event["type"] for event in events]


async def test_a_file_as_large_as_upstreams_take_arrives_whole(world: World) -> None:
    world.upstream.answer = whole({"text": "Hello."})
    large = bytes(range(256)) * (25 * 2**12)
    await world.client.audio.transcriptions.create(model="sounds", file=("a.wav", large))
    assert large in world.form


async def test_text_becomes_speech_piece_by_piece(world: World) -> None:
    world.upstream.answer = Answer([SOUND, SOUND, b""], 200, {"content-type": "audio/mpeg"})
    speech = world.client.audio.speech.with_streaming_response.create(model="sounds", voice="alloy", input="Hello.")
    async with speech as answer:
        assert answer.headers["content-type"] == "audio/mpeg"
        assert b"".join([piece async for piece in answer.iter_bytes()]) == SOUND * 2


async def test_a_caller_who_leaves_takes_the_upstream_along(world: World) -> None:
    world.upstream.answer = Answer([SOUND, HANG], 200, {"content-type": "audio/mpeg"})
    speech = world.client.audio.speech.with_streaming_response.create(model="sounds", voice="alloy", input="Hello.")
    async with speech as answer:
        assert await anext(answer.iter_bytes(1)) == SOUND[:1]
    await asyncio.wait_for(world.upstream.left.wait(), PATIENCE)


async def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(world: World) -> None:
    world.upstream.answer = Answer([SOUND, CUT], 200, {"content-type": "audio/mpeg"})
    with pytest.raises(APIConnectionError):
        await world.client.audio.speech.create(model="sounds", voice="alloy", input="Hello.")


async def test_an_answers_file_name_and_coding_are_told(world: World) -> None:
    told = {"content-disposition": 'attachment; filename="a.mp3"', "content-encoding": "gzip"}
    world.upstream.answer = Answer([gzip.compress(SOUND)], 200, {"content-type": "audio/mpeg", **told, "x-other": "1"})
    spoken = await world.client.audio.speech.create(model="sounds", voice="alloy", input="Hello.")
    assert spoken.content == SOUND
    assert spoken.response.headers["content-disposition"] == told["content-disposition"]
    assert "x-other" not in spoken.response.headers


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
