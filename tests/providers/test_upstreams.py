"""Models behind a connection, over real sockets."""

import asyncio
import logging
from contextlib import aclosing

import msgspec
import pytest

from tests.providers.conftest import KEY
from tests.providers.requests import HELLO, chat, embeddings, images, text
from tests.providers.upstream import CUT, DONE, HANG, Answer, event, stream, whole
from zaffre.core.errors import (
    ContextOverflow,
    GatewayError,
    Overloaded,
    RateLimited,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamRejected,
    UpstreamTimeout,
)
from zaffre.net.client import Client, Timeouts
from zaffre.providers import connect

HI = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}


def part(text):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


async def collected(batches):
    async with aclosing(batches):
        return [chunk async for batch in batches for chunk in batch]


def text_of(chunks):
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


async def test_a_chat_is_asked_for_with_our_credential_and_the_vendors_model(upstream, backend):
    upstream.answer = whole(HI)
    answer = await backend(model="mistral-large-latest").chat(chat(HELLO | {"model": "Ours", "top_k": 4}))
    assert answer.choices[0].message.content == "Hi"
    (asked,) = upstream.asked
    assert asked.target == "/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("zaffre/")
    assert asked.json == HELLO | {"model": "mistral-large-latest", "top_k": 4}


@pytest.mark.parametrize("text", ["", []], ids=["as published", "in parts"])
async def test_a_stream_brings_sound_and_sources(upstream, backend, text):
    beside = {"audio": {"id": "audio_1", "data": "UklGRg=="}, "annotations": [{"type": "url_citation"}]}
    said = {"choices": [{"index": 0, "delta": {"content": text} | beside, "finish_reason": None}]}
    upstream.answer = stream(said, STOP, USAGE, DONE)
    first, *_ = await collected(backend().chat_stream(chat(HELLO | {"stream": True})))
    delta = first.choices[0].delta
    told = msgspec.json.encode({"audio": delta.audio, "annotations": delta.annotations})
    assert msgspec.json.decode(told) == beside


async def test_a_stream_is_asked_to_bring_its_usage_whatever_the_caller_said(upstream, backend):
    upstream.answer = stream(part("a"), part("b"), STOP, USAGE, DONE)
    asking = chat(HELLO | {"stream": True, "stream_options": {"include_usage": False}})
    chunks = await collected(backend().chat_stream(asking))
    assert upstream.asked[0].json == HELLO | {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert text_of(chunks) == "ab"
    assert chunks[-1].usage.total_tokens == 3


async def test_a_whole_answer_is_asked_for_without_the_words_for_streams(upstream, backend):
    upstream.answer = whole(HI)
    await backend().chat(chat(HELLO | {"stream": False, "stream_options": {"include_usage": True}}))
    assert upstream.asked[0].json == HELLO | {"model": "m"}


async def test_comments_carriage_returns_split_characters_and_vendor_fields_do_no_harm(upstream, backend):
    grin = event(part("😀")).replace(b"\n", b"\r\n")
    upstream.answer = stream(
        ": ping\r\n\r\n", grin[:50], grin[50:-9], grin[-9:], part("!") | {"x_vendor": {"a": 1}}, STOP, DONE
    )
    assert text_of(await collected(backend().chat_stream(chat()))) == "😀!"


async def test_what_arrives_together_is_handed_on_together(upstream, backend):
    upstream.answer = stream(b"".join(map(event, [part("a"), part("b"), STOP])) + DONE)
    batches = [batch async for batch in backend().chat_stream(chat())]
    assert [text_of(batch) for batch in batches] == ["ab"]


async def test_connections_are_kept_between_calls_and_streams(upstream, backend):
    upstream.answer = stream(part("a"), STOP, DONE)
    model = backend()
    for _ in range(3):
        await collected(model.chat_stream(chat()))
    upstream.answer = whole(HI)
    await model.chat(chat())
    assert upstream.connections == 1


async def test_a_stream_that_stays_open_after_its_last_word_is_left(upstream, backend):
    upstream.answer = stream(part("a"), STOP, DONE, HANG)
    assert text_of(await collected(backend().chat_stream(chat()))) == "a"
    await upstream.left.wait()


async def test_a_stream_may_end_without_done_once_it_has_a_finish_reason(upstream, backend):
    upstream.answer = stream(part("a"), STOP)
    assert text_of(await collected(backend().chat_stream(chat()))) == "a"


@pytest.mark.parametrize("last", [(CUT,), ()], ids=["broken", "ended"])
async def test_a_stream_that_stops_in_the_middle_is_a_failure_after_what_came(upstream, backend, last):
    upstream.answer = stream(part("a"), part("b"), *last)
    seen = []

    async def reading():
        async for batch in backend().chat_stream(chat()):
            seen.extend(batch)

    with pytest.raises(UpstreamError) as caught:
        await reading()
    assert text_of(seen) == "ab"
    assert caught.value.status == 502


async def test_a_stream_broken_after_its_finish_is_whole(upstream, backend):
    upstream.answer = stream(part("a"), STOP, CUT)
    assert text_of(await collected(backend().chat_stream(chat()))) == "a"


async def test_an_error_in_the_middle_of_a_stream_has_the_class_of_its_status(upstream, backend):
    upstream.answer = stream(part("a"), {"error": {"message": f"busy, {KEY}", "code": 429}}, DONE)
    with pytest.raises(RateLimited):
        await collected(backend().chat_stream(chat()))


async def test_an_answer_that_is_an_error_has_the_class_of_its_status(upstream, backend):
    upstream.answer = whole({"error": {"message": "maximum context length is 4", "code": 400}})
    with pytest.raises(ContextOverflow):
        await backend().chat(chat())


async def test_closing_a_stream_closes_the_upstream(upstream, backend):
    upstream.answer = stream(part("a"), HANG)
    batches = backend().chat_stream(chat())
    assert text_of(await anext(batches)) == "a"
    await batches.aclose()
    await upstream.left.wait()


@pytest.mark.parametrize("steps", [[HANG], [b"{", HANG]], ids=["before the head", "in the body"])
async def test_a_caller_who_leaves_closes_the_upstream(upstream, backend, steps):
    upstream.answer = Answer(steps)
    calling = asyncio.create_task(backend().chat(chat()))
    await upstream.arrived.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await upstream.left.wait()


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_upstream_that_does_not_answer_is_a_timeout(upstream, backend, streamed):
    upstream.answer = Answer([HANG])
    model = backend(timeouts=Timeouts(first_byte=0.05))
    with pytest.raises(UpstreamTimeout):
        await (collected(model.chat_stream(chat())) if streamed else model.chat(chat()))
    await upstream.left.wait()


async def test_an_upstream_that_falls_silent_is_a_timeout(upstream, backend):
    upstream.answer = stream(part("a"), HANG)
    with pytest.raises(UpstreamTimeout):
        await collected(backend(timeouts=Timeouts(idle=0.05)).chat_stream(chat()))


async def test_an_upstream_that_is_not_there_is_a_bad_gateway(client, caplog):
    model = connect("gone", "openai", client=client, base_url="http://127.0.0.1:1/v1", credential=KEY).backend("m")
    with pytest.raises(UpstreamError) as caught:
        await model.chat(chat())
    assert caught.value.status == 502
    assert "gone" in caplog.text
    assert KEY not in caplog.text


async def test_a_full_queue_is_overload(upstream):
    client = Client()
    upstream.answer = Answer([HANG])
    connection = connect("busy", "openai", client=client, base_url=upstream.url, limit=1, queue=0)
    first = asyncio.create_task(connection.backend("m").chat(chat()))
    await upstream.arrived.wait()
    with pytest.raises(Overloaded) as caught:
        await connection.backend("other").chat(chat())
    assert caught.value.retry_after == 1
    first.cancel()
    await asyncio.wait([first])
    await client.close()


async def test_busy_says_when_to_come_back(upstream, backend):
    upstream.answer = whole({"error": {"message": "slow down"}}, 429, retry_after="12")
    with pytest.raises(RateLimited) as caught:
        await collected(backend().chat_stream(chat()))
    assert caught.value.retry_after == 12


ECHOES = {"error": {"message": f"You sent Bearer {KEY} to us", "code": "bad", "param": KEY}}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429, 500, 503, 529])
async def test_an_upstream_that_echoes_our_key_tells_it_to_nobody(upstream, backend, caplog, status):
    caplog.set_level(logging.DEBUG)
    upstream.answer = whole(ECHOES, status)
    with pytest.raises(GatewayError) as caught:
        await backend(headers={"x-tenant": "tenant-secret"}).chat(chat())
    said = caught.value
    assert KEY not in f"{said} {said.message} {said.param} {said.code} {said.__cause__} {caplog.text}"
    assert upstream.asked[0].headers["x-tenant"] == "tenant-secret"


async def test_a_refused_request_passes_without_our_key(upstream, backend):
    upstream.answer = whole(ECHOES, 400)
    with pytest.raises(UpstreamRejected, match=r"You sent Bearer \[redacted\] to us"):
        await backend().chat(chat())


async def test_a_failing_upstreams_words_stay_inside(upstream, backend):
    upstream.answer = whole(b"Traceback: /srv/app.py", 500)
    with pytest.raises(UpstreamError, match=r"^The model's server failed to answer\.$"):
        await backend().chat(chat())


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_wrong_credential_or_address_is_one_loud_line_for_the_operator(upstream, backend, caplog, status):
    upstream.answer = whole({"error": {"message": "no"}}, status)
    with pytest.raises(UpstreamMisconfigured):
        await backend(model="gpt-9").chat(chat({"messages": [{"role": "user", "content": "my prompt"}]}))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    said = record.getMessage()
    assert "connection test" in said
    assert str(status) in said
    assert "gpt-9" in said
    assert KEY not in said
    assert "my prompt" not in said


@pytest.mark.parametrize(
    "answer",
    [whole(b"<html>"), whole(b""), Answer([b"{", CUT]), Answer([b"", CUT])],
    ids=["html", "empty", "cut", "mute"],
)
async def test_a_broken_answer_is_a_bad_gateway(upstream, backend, answer):
    upstream.answer = answer
    with pytest.raises(UpstreamError) as caught:
        await backend().chat(chat())
    assert (type(caught.value), caught.value.status) == (UpstreamError, 502)


async def test_a_redirect_is_not_followed(upstream, backend):
    upstream.answer = whole(b"", 307, location="/elsewhere")
    with pytest.raises(UpstreamError):
        await backend().chat(chat())
    assert len(upstream.asked) == 1


async def test_texts_are_completed_whole_and_streamed(upstream, backend):
    upstream.answer = whole({"choices": [{"text": " two", "index": 0, "finish_reason": "stop"}]})
    answer = await backend().complete(text({"prompt": "one", "max_tokens": 1}))
    assert answer.choices[0].text == " two"
    upstream.answer = stream({"choices": [{"text": " two", "index": 0}]}, {"choices": [{"finish_reason": "eos"}]}, DONE)
    chunks = await collected(backend().complete_stream(text({"prompt": "one", "stream": True})))
    assert [(c.text, c.finish_reason) for chunk in chunks for c in chunk.choices] == [(" two", None), ("", "stop")]
    assert [asked.target for asked in upstream.asked] == ["/completions"] * 2


async def test_a_model_name_cannot_leave_its_place_in_the_path(upstream, backend):
    upstream.answer = whole(HI)
    await backend("azure-openai", model="../x?y#z/gpt 4").chat(chat())
    assert upstream.asked[0].target == (
        "/openai/deployments/..%2Fx%3Fy%23z%2Fgpt%204/chat/completions?api-version=2024-10-21"
    )


async def test_azures_own_key_header_and_api_version(upstream, backend):
    upstream.answer = whole(HI)
    await backend("azure-openai", api_version="2025-01-01-preview").chat(chat())
    (asked,) = upstream.asked
    assert asked.headers["api-key"] == KEY
    assert "authorization" not in asked.headers
    assert asked.target.endswith("?api-version=2025-01-01-preview")


async def test_azure_ai_inference_gets_the_policy_and_its_own_image_route(upstream, backend):
    upstream.answer = whole({"data": [{"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 3}})
    asking = images({"input": [{"image": "data:image/png;base64,AA=="}], "x": 1}, pass_through=True)
    answer = await backend("azure-ai-inference").embed_images(asking)
    (asked,) = upstream.asked
    assert asked.target == "/images/embeddings?api-version=2024-05-01-preview"
    assert asked.headers["extra-parameters"] == "pass-through"
    assert asked.headers["api-key"] == KEY
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert bytes(answer.data) == b'[{"index": 0, "embedding": [1, 2]}]'
    assert answer.usage.prompt_tokens == 3


async def test_a_connection_without_a_credential_sends_none(upstream, backend):
    upstream.answer = whole({"data": [{"index": 0, "embedding": [1.0]}]})
    await backend("ollama", credential=None).embed(embeddings({"input": "a"}))
    assert "authorization" not in upstream.asked[0].headers


async def test_headers_of_the_connection_win_over_the_credentials(upstream, backend):
    upstream.answer = whole(HI)
    await backend(headers={"Authorization": "Basic abcdef"}).chat(chat())
    assert upstream.asked[0].headers["authorization"] == "Basic abcdef"


async def test_openai_itself_and_its_imitators_are_asked_differently(client):
    def renamed(base_url):
        connection = connect("c", "openai", client=client, base_url=base_url)
        return connection.provider.chat.renames

    assert renamed(None) == renamed("https://eu.api.openai.com/v1") == {"max_tokens": "max_completion_tokens"}
    assert renamed("http://127.0.0.1:8000/v1") == renamed("https://api.openai.com.evil.example/v1") == {}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"provider": "opena1"}, "no provider 'opena1'"),
        ({"provider": "openai-compatible"}, "base_url is needed"),
        ({"provider": "openai", "base_url": "ftp://x"}, "http"),
        ({"provider": "openai", "credential": "sk-secret\r\nx: y"}, "authorization"),
        ({"provider": "openai", "credential": "sk-secret-😀"}, "header"),
    ],
)
async def test_a_connection_that_cannot_work_is_refused_without_showing_the_secret(client, how, why):
    with pytest.raises(ValueError, match=why) as caught:
        connect("c", **how, client=client)
    assert "sk-secret" not in str(caught.value)
