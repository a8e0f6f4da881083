"""How answers are told: in words, shortened, several times, with probabilities, in the script's time."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.scripted_requests import ECHO, WEATHER, chat, deltas, prompt, rule, said, whole
from zaffre.core.chat import ChatRequest, Chunk, Usage
from zaffre.core.errors import Cut, InvalidParameters, RateLimited
from zaffre.core.ports import Backend, Chats, Completes, Embeds, EmbedsImages
from zaffre.engine.scripted.answer import words
from zaffre.engine.scripted.backend import Scripted

COUNTING = Scripted([rule(text="one two  three\nfour ")])


def test_it_has_every_ability_of_a_backend():
    for port in (Backend, Chats, Completes, Embeds, EmbedsImages):
        assert isinstance(COUNTING, port)
    assert COUNTING.unsupported == frozenset()


async def chunks_of(model: Scripted, request: ChatRequest) -> list[Chunk]:
    return [chunk async for batch in model.chat_stream(request) for chunk in batch]


@given(st.text())
def test_words_join_to_exactly_the_text(text: str):
    assert "".join(words(text)) == text
    assert len(words(text)) == len(text.split()) or not text.split()


async def test_a_stream_joins_to_exactly_the_whole_answer():
    assert await deltas(COUNTING, chat()) == ["one", " two", "  three", "\nfour "]
    assert "".join(await deltas(COUNTING, chat())) == await said(COUNTING, chat())


async def test_usage_comes_on_the_last_chunk_with_the_finish_reason():
    *before, last = await chunks_of(COUNTING, chat("a b"))
    assert all(chunk.usage is None and chunk.choices[0].finish_reason is None for chunk in before)
    assert (last.choices[0].finish_reason, last.usage) == ("stop", Usage(2, 4, 6))


async def test_a_streamed_tool_call_is_one_fragment():
    model = Scripted([rule(tool_calls=[{"name": "f", "arguments": {"a": 1}}, {"name": "g"}])])
    first, second, last = await chunks_of(model, chat())
    message, _ = await whole(model, chat())
    fragments = [(chunk.choices[0].delta.tool_calls or [])[0] for chunk in (first, second)]
    assert [fragment.index for fragment in fragments] == [0, 1]
    assert [fragment.id for fragment in fragments] == [call.id for call in message.tool_calls]
    assert [(part.function.name, part.function.arguments) for part in fragments] == [("f", '{"a": 1}'), ("g", "{}")]
    assert last.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("limit", "text", "finish"),
    [
        (0, "", "length"),
        (2, "one two", "length"),
        (4, "one two  three\nfour ", "stop"),
        (9, "one two  three\nfour ", "stop"),
    ],
)
async def test_max_tokens_cuts_after_that_many_words(limit: int, text: str, finish: str):
    message, reason = await whole(COUNTING, chat(max_tokens=limit))
    assert (message.content, reason) == (text, finish)
    *told, last = await chunks_of(COUNTING, chat(max_tokens=limit))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == text
    assert last.choices[0].finish_reason == finish


async def test_max_completion_tokens_counts_as_max_tokens():
    assert await said(COUNTING, chat(max_completion_tokens=1)) == "one"
    assert await said(COUNTING, chat(max_completion_tokens=1, max_tokens=2)) == "one two"


@pytest.mark.parametrize("stop", ["thr", ["four", "thr"], ["", "thr"], ["never", "thr"]])
async def test_a_stop_text_ends_the_answer_before_it(stop: Any):
    message, finish = await whole(COUNTING, chat(stop=stop))
    assert (message.content, finish) == ("one two  ", "stop")
    assert "".join(await deltas(COUNTING, chat(stop=stop))) == "one two  "


async def test_the_shorter_of_stop_and_max_tokens_decides():
    assert (await whole(COUNTING, chat(stop="three", max_tokens=1)))[1] == "length"
    assert (await whole(COUNTING, chat(stop="three", max_tokens=3)))[1] == "stop"


async def test_an_empty_answer_is_an_empty_text():
    model = Scripted([rule(text="")])
    assert await whole(model, chat()) == ((await model.chat(chat())).choices[0].message, "stop")
    assert await said(model, chat()) == ""
    (only,) = await chunks_of(model, chat())
    assert only.usage == Usage(1, 1, 2)


async def test_usage_counts_the_words_of_all_messages_and_of_the_answer():
    messages = [{"role": "system", "content": "be kind"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    assert (await COUNTING.chat(chat(messages=messages))).usage == Usage(3, 4, 7)


async def test_usage_is_never_nothing():
    assert (await COUNTING.chat(chat("", max_tokens=0))).usage == Usage(1, 1, 2)


async def test_n_choices_are_equal_and_numbered():
    answer = await COUNTING.chat(chat(n=3))
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) == 1
    assert answer.usage == Usage(1, 12, 13)
    chunks = await chunks_of(COUNTING, chat(n=3))
    assert all([choice.index for choice in chunk.choices] == [0, 1, 2] for chunk in chunks)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", b"0"), ("n", b"129"), ("n", b'"2"'), ("n", b"1e999"), ("logprobs", b"1"), ("top_logprobs", b"21")],
)
async def test_an_extra_parameter_of_a_wrong_value_is_named(name: str, value: bytes):
    with pytest.raises(InvalidParameters) as caught:
        await COUNTING.chat(chat(**{name: msgspec.Raw(value)}))
    assert (caught.value.complaints[0].loc, bytes(caught.value.complaints[0].input)) == (["body", name], value)


async def test_parameters_that_change_nothing_are_accepted():
    everything = {"temperature": 1.5, "top_p": 0.1, "frequency_penalty": -2, "presence_penalty": 2, "seed": 7}
    beside = {"modalities": ["text"], "logit_bias": {"1": 2}, "user": "u", "parallel_tool_calls": False}
    assert await said(COUNTING, chat(**everything, **beside)) == await said(COUNTING, chat())


async def test_logprobs_of_a_chat_cover_every_word():
    choice = (await COUNTING.chat(chat(logprobs=True, top_logprobs=2))).choices[0]
    content = msgspec.json.decode(choice.logprobs or b"")["content"]
    assert [token["token"] for token in content] == ["one", " two", "  three", "\nfour "]
    for token in content:
        assert bytes(token["bytes"]).decode() == token["token"]
        assert -1 < token["logprob"] < 0
        said_word, other = token["top_logprobs"]
        assert said_word["token"] == token["token"] != other["token"]
        assert token["logprob"] == said_word["logprob"] > other["logprob"]


async def test_streamed_logprobs_are_those_of_the_whole_answer():
    whole_answer = (await COUNTING.chat(chat(logprobs=True))).choices[0]
    told = [chunk.choices[0].logprobs for chunk in await chunks_of(COUNTING, chat(logprobs=True))]
    streamed = [token for raw in told if raw for token in msgspec.json.decode(raw)["content"]]
    assert streamed == msgspec.json.decode(whole_answer.logprobs or b"")["content"]
    assert told[-1] is None


async def test_no_logprobs_come_unasked():
    assert (await COUNTING.chat(chat(logprobs=False, top_logprobs=2))).choices[0].logprobs is None
    call = Scripted([rule(tool_calls="auto")])
    assert (await call.chat(chat(tools=[WEATHER], logprobs=True))).choices[0].logprobs is None


# -- text completion --


async def test_every_prompt_has_its_choices():
    answer = await Scripted([ECHO]).complete(prompt(["a", "b c"], n=2))
    assert [choice.text for choice in answer.choices] == ["You said: a"] * 2 + ["You said: b c"] * 2
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert answer.usage == Usage(3, 14, 17)


async def test_one_prompt_that_is_refused_refuses_all_of_them_before_anything_is_said():
    model = Scripted([rule({"text": "^no$"}, status=429), ECHO])
    with pytest.raises(RateLimited):
        await model.complete(prompt(["a", "no"]))
    with pytest.raises(RateLimited):
        await anext(model.complete_stream(prompt(["a", "no"])))


async def test_token_ids_read_as_words():
    model = Scripted([ECHO])
    assert (await model.complete(prompt([1, 20, 3]))).choices[0].text == "You said: 1 20 3"
    answer = await model.complete(prompt([[1, 2], [3]]))
    assert [choice.text for choice in answer.choices] == ["You said: 1 2", "You said: 3"]
    assert answer.usage == Usage(3, 7, 10)


@pytest.mark.parametrize("wishes", [{}, {"n": 2}, {"echo": True}, {"max_tokens": 2}, {"stop": "said"}, {"logprobs": 2}])
async def test_a_streamed_completion_joins_to_exactly_the_whole_one(wishes: dict[str, Any]):
    model = Scripted([ECHO])
    request = prompt(["first one", "second"], **wishes)
    answer = await model.complete(request)
    texts = ["" for _ in answer.choices]
    finishes: dict[int, Any] = {}
    events = [event async for batch in model.complete_stream(request) for event in batch]
    for event in events:
        for choice in event.choices:
            texts[choice.index] += choice.text
            finishes.setdefault(choice.index, []).append(choice.finish_reason)
    assert texts == [choice.text for choice in answer.choices]
    assert [finishes[choice.index][-1] for choice in answer.choices] == [
        choice.finish_reason for choice in answer.choices
    ]
    assert [event.usage for event in events if event.usage] == [answer.usage]
    assert events[-1].usage is not None


async def test_echo_puts_the_prompt_before_the_answer():
    answer = await Scripted([rule(text=" done now")]).complete(prompt("say it:", echo=True, max_tokens=1))
    assert (answer.choices[0].text, answer.choices[0].finish_reason) == ("say it: done", "length")


async def test_logprobs_of_a_completion_say_where_each_word_begins():
    model = Scripted([rule(text=" two three")])
    request = prompt("one", echo=True, logprobs=1)
    raw = (await model.complete(request)).choices[0].logprobs
    probabilities = msgspec.json.decode(raw or b"")
    assert (probabilities["tokens"], probabilities["text_offset"]) == (["one", " two", " three"], [0, 3, 7])
    assert [list(top) for top in probabilities["top_logprobs"]] == [["one"], [" two"], [" three"]]
    told = [event.choices[0].logprobs async for batch in model.complete_stream(request) for event in batch]
    assert [msgspec.json.decode(raw)["text_offset"] for raw in told if raw] == [[0], [3], [7]]


async def test_a_completion_with_no_alternatives_has_an_empty_set_of_them_for_each_word():
    raw = (await Scripted([rule(text="two words")]).complete(prompt("one", logprobs=0))).choices[0].logprobs
    assert msgspec.json.decode(raw or b"")["top_logprobs"] == [{}, {}]


async def test_a_stop_text_and_a_best_of_are_accepted_in_a_completion():
    answer = await COUNTING.complete(prompt("x", stop=["two"], best_of=3, suffix="s"))
    assert answer.choices[0].text == "one "


# -- time --


async def slept_by(told: Any, model_rule: Any) -> tuple[list[float], Any]:
    """What a model slept for while it was told to answer, and the error it ended with."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    try:
        await told(Scripted([model_rule], sleep=sleep))
    except Exception as error:
        return slept, error
    return slept, None


async def test_a_delay_stands_before_each_streamed_word_and_adds_up_on_a_whole_answer():
    slow = rule(text="one two three", delay_ms=50)
    assert await slept_by(lambda model: deltas(model, chat()), slow) == ([0.05] * 3, None)
    assert await slept_by(lambda model: model.chat(chat()), slow) == ([0.05] * 3, None)
    assert await slept_by(lambda model: model.chat(chat(max_tokens=1)), slow) == ([0.05], None)


async def test_an_error_is_delayed_once():
    slept, error = await slept_by(lambda model: model.chat(chat()), rule(status=500, delay_ms=200))
    assert (slept, error.status) == ([0.2], 500)


async def test_without_a_delay_nothing_sleeps():
    assert await slept_by(lambda model: deltas(model, chat()), rule(text="one two")) == ([], None)


@pytest.mark.parametrize(("after", "seen"), [(0, []), (1, ["one"]), (2, ["one", " two"]), (9, ["one", " two"])])
async def test_a_cut_stream_never_finishes(after: int, seen: list[str]):
    model = Scripted([rule(text="one two", cut_after=after)])
    stream = model.chat_stream(chat())
    for word in seen:
        (chunk,) = await anext(stream)
        assert chunk.choices[0].delta.content == word
    with pytest.raises(Cut):
        await anext(stream)
    with pytest.raises(Cut):
        await model.complete(prompt("x"))


async def test_a_cut_whole_answer_waits_for_the_words_before_the_cut():
    slept, error = await slept_by(
        lambda model: model.chat(chat()), rule(text="one two three", delay_ms=10, cut_after=2)
    )
    assert (slept, type(error)) == ([0.01, 0.01], Cut)


async def test_a_cancelled_answer_stops_where_it_is():
    begun = asyncio.Event()

    async def forever(seconds: float) -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Scripted([rule(text="one", delay_ms=1)], sleep=forever).chat(chat()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_long_stream_lets_other_tasks_run():
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await deltas(Scripted([ECHO]), chat("word " * 100))
    task.cancel()
    assert turns >= 100


async def test_a_text_of_nothing_but_white_space_is_one_piece():
    assert await deltas(Scripted([rule(text="{text}")]), chat(" " * 100_000)) == [" " * 100_000]
