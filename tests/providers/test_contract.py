"""What every backend does, whoever implements the ports. A new one is another entry in SUBJECTS."""

import json
from base64 import b64decode
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from struct import unpack
from typing import Any, TypeVar, get_args

import pytest
from msgspec import Raw, Struct

from tests.providers import vendor
from tests.providers.requests import chat, embeddings, images, text
from tests.providers.upstream import Upstream
from zaffre.config.rules import Reply, Rule
from zaffre.core.chat import ChatParameters, CompletionParameters, FinishReason, Usage
from zaffre.core.deployment import ABILITIES
from zaffre.core.embeddings import Embeddings, EmbeddingsParameters
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.engine.scripted.backend import Scripted
from zaffre.net.client import Client
from zaffre.providers import PROVIDERS, connect

E = TypeVar("E")


class Subject(Struct):
    """A way to a backend, and what it can do."""

    abilities: set[Modality]
    open: Callable[[], AbstractAsyncContextManager[Any]]


def row(name: str) -> Subject:
    """A provider's row, with a vendor behind it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        async with Upstream() as upstream:
            upstream.answer = vendor.answer
            client = Client()
            yield connect("c", name, client=client, base_url=upstream.url).backend("m")
            await client.close()

    provider = PROVIDERS[name]
    codecs = {
        Modality.CHAT: provider.chat,
        Modality.COMPLETIONS: provider.completions,
        Modality.TEXT_EMBEDDINGS: provider.embeddings,
        Modality.IMAGE_EMBEDDINGS: provider.image_embeddings,
    }
    return Subject({modality for modality, codec in codecs.items() if codec is not None}, opened)


@asynccontextmanager
async def script() -> AsyncIterator[Any]:
    yield Scripted([Rule(Reply(text="one two three"))], dimensions=8)


HANDED_ON = {Modality.IMAGES, Modality.AUDIO}
"""Not done by a backend, but by the server behind it: `test_relays` has them."""
SUBJECTS = {name: row(name) for name in PROVIDERS} | {"scripted": Subject(set(Modality) - HANDED_ON, script)}


def able(modality: Modality) -> pytest.MarkDecorator:
    names = [name for name, subject in SUBJECTS.items() if modality in subject.abilities]
    return pytest.mark.parametrize("name", names)


async def collected(batches: AsyncGenerator[list[E], None]) -> list[E]:
    events = []
    async with aclosing(batches):
        async for batch in batches:
            assert batch, "a list of events has events"
            events += batch
    return events


def sound(usage: Usage | None) -> bool:
    return usage is None or usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0


def vectors(answer: Embeddings) -> list[Any]:
    if isinstance(answer.data, Raw):
        items = json.loads(bytes(answer.data))
        return [item["embedding"] for item in sorted(items, key=lambda item: item["index"])]
    return list(answer.data)


@pytest.mark.parametrize("name", SUBJECTS)
async def test_a_backend_says_truly_what_it_can_do(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        assert isinstance(backend, Backend)
        known = {*ChatParameters.__struct_fields__, *CompletionParameters.__struct_fields__}
        assert backend.unsupported <= known | set(EmbeddingsParameters.__struct_fields__)
        able = {modality for modality, port in ABILITIES.items() if isinstance(backend, port)}
        assert SUBJECTS[name].abilities == able - HANDED_ON


@able(Modality.CHAT)
async def test_a_chat_streamed_is_the_chat_whole(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        whole = await backend.chat(chat())
        chunks = await collected(backend.chat_stream(chat()))
        choices = [choice for chunk in chunks for choice in chunk.choices]
        assert "".join(choice.delta.content or "" for choice in choices) == whole.choices[0].message.content
        reasons = [choice.finish_reason for choice in choices if choice.finish_reason]
        assert reasons == [whole.choices[0].finish_reason]
        assert reasons[0] in get_args(FinishReason)
        usage = [chunk.usage for chunk in chunks if chunk.usage][-1:]
        assert usage == ([whole.usage] if whole.usage else [])
        assert sound(whole.usage)


@able(Modality.CHAT)
async def test_a_stream_can_be_left_and_the_backend_still_answers(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        batches = backend.chat_stream(chat())
        await anext(batches)
        await batches.aclose()
        assert (await backend.chat(chat())).choices


@able(Modality.COMPLETIONS)
async def test_a_text_streamed_is_the_text_whole(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        whole = await backend.complete(text({"prompt": "count"}))
        events = await collected(backend.complete_stream(text({"prompt": "count"})))
        choices = [choice for event in events for choice in event.choices]
        assert "".join(choice.text for choice in choices) == whole.choices[0].text
        assert [choice.finish_reason for choice in choices if choice.finish_reason] == [whole.choices[0].finish_reason]
        assert sound(whole.usage)


@able(Modality.TEXT_EMBEDDINGS)
async def test_there_is_a_vector_for_every_text_the_same_in_every_encoding(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        floats = vectors(await backend.embed(embeddings({"input": ["a", "b"]})))
        packed = vectors(await backend.embed(embeddings({"input": ["a", "b"], "encoding_format": "base64"})))
        assert len(floats) == 2
        for numbers, written in zip(floats, packed, strict=True):
            assert list(unpack(f"<{len(numbers)}f", b64decode(written))) == pytest.approx(numbers)


@able(Modality.TEXT_EMBEDDINGS)
async def test_one_text_is_one_vector(name: str) -> None:
    async with SUBJECTS[name].open() as backend:
        answer = await backend.embed(embeddings({"input": "a"}))
        assert len(vectors(answer)) == 1
        assert sound(answer.usage)


@able(Modality.IMAGE_EMBEDDINGS)
async def test_there_is_a_vector_for_every_image(name: str) -> None:
    two = [{"image": "data:image/png;base64,AAAA"}, {"image": "data:image/png;base64,AAAB"}]
    async with SUBJECTS[name].open() as backend:
        assert len(vectors(await backend.embed_images(images({"input": two})))) == 2
