"""What a caller of OpenAI's surfaces is told when a backend fails after the first words."""

import msgspec
import pytest

from tests.api.canned import Caller, Canned, chat, deployment, text_chunk, text_of
from zaffre.core.errors import Cut, UpstreamError
from zaffre.net.http import Hangup


def caller_of(breaks: Exception) -> Caller:
    return Caller(deployment("demo", Canned(chunks=[[text_chunk("Hel")]], breaks=breaks)))


async def test_an_event_says_that_the_stream_broke() -> None:
    response = await caller_of(UpstreamError()).post("/openai/v1/chat/completions", chat(stream=True))
    *_, last, nothing = (await text_of(response)).split("\n\n")
    assert nothing == ""
    error = {"code": "upstream_error", "message": "The model's server failed to answer."}
    assert msgspec.json.decode(last.removeprefix("data: ")) == {"error": error}


async def test_a_cut_connection_stays_one() -> None:
    response = await caller_of(Cut()).post("/openai/v1/chat/completions", chat(stream=True))
    with pytest.raises(Hangup):
        await text_of(response)
