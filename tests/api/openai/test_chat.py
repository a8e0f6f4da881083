"""Chat streams of OpenAI's surfaces."""

from msgspec import Raw

from tests.api.canned import Caller, Canned, chat, deployment, events_of, finish_chunk, text_chunk
from zaffre.core.chat import Chunk, ChunkChoice, Delta

SOUND = b'{"id": "audio_1", "data": "UklGRg==", "transcript": "Hello."}'
SOURCE = b'{"type": "url_citation", "url_citation": {"url": "https://example.org", "title": "A page"}}'


async def test_a_stream_brings_sound_and_sources_as_they_came() -> None:
    chunks = [
        [text_chunk("Hello."), Chunk([ChunkChoice(Delta(audio=Raw(SOUND)))])],
        [Chunk([ChunkChoice(Delta(annotations=[Raw(SOURCE)]))]), finish_chunk()],
    ]
    caller = Caller(deployment("demo", Canned(chunks=chunks)))
    answer = await caller.post("/openai/v1/chat/completions", chat("demo", stream=True))
    deltas = [event["choices"][0]["delta"] for event in await events_of(answer)]
    assert deltas[2] == {"audio": {"id": "audio_1", "data": "UklGRg==", "transcript": "Hello."}}
    assert [each["url_citation"]["title"] for each in deltas[3]["annotations"]] == ["A page"]
