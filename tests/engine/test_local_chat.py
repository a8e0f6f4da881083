"""The default chat model answers: every parameter that it claims to support does what it says."""

import json
from contextlib import aclosing

import msgspec
import pytest

from tests.engine.local_requests import WEATHER, chat, prompt
from zaffre.core.chat import ChatRequest, Chunk, Usage
from zaffre.core.deployment import ABILITIES
from zaffre.core.errors import BadRequest, ContextOverflow, InvalidParameters, UnsupportedParameters
from zaffre.core.modality import Modality
from zaffre.core.ports import Backend
from zaffre.engine.local.chat import LocalChat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def chunks_of(backend: LocalChat, request: ChatRequest) -> list[Chunk]:
    async with aclosing(backend.chat_stream(request)) as stream:
        return [chunk async for chunks in stream for chunk in chunks]


async def text_of(backend: LocalChat, request: ChatRequest) -> str:
    answer = await backend.chat(request)
    return answer.choices[0].message.content or ""


async def test_it_chats_and_completes_and_does_not_embed(smollm2: LocalChat) -> None:
    assert isinstance(smollm2, Backend)
    assert isinstance(smollm2, ABILITIES[Modality.CHAT])
    assert isinstance(smollm2, ABILITIES[Modality.COMPLETIONS])
    assert not isinstance(smollm2, ABILITIES[Modality.TEXT_EMBEDDINGS])


async def test_a_chat_is_answered_with_the_engines_own_count_of_tokens(smollm2: LocalChat) -> None:
    answer = await smollm2.chat(chat("Say hi", max_tokens=5, ignore_eos=True))
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert (answer.usage.completion_tokens, answer.usage.total_tokens) == (5, answer.usage.prompt_tokens + 5)
    assert not answer.usage.estimated


async def test_streamed_deltas_join_to_the_whole_answer(smollm2: LocalChat) -> None:
    request = chat("What is the capital of France?", max_tokens=12, temperature=0, seed=1)
    whole = await smollm2.chat(request)
    chunks = await chunks_of(smollm2, request)
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == (
        whole.choices[0].message.content
    )
    assert len(chunks) > 5
    assert chunks[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert [chunk.usage for chunk in chunks] == [None] * (len(chunks) - 1) + [whole.usage]


async def test_the_answer_ends_where_the_model_ends_it(smollm2: LocalChat) -> None:
    answer = await smollm2.chat(chat("Say hi", temperature=0, max_tokens=100))
    assert answer.choices[0].finish_reason == "stop"


async def test_a_stop_word_ends_the_answer_and_is_not_part_of_it(smollm2: LocalChat) -> None:
    counting = {"temperature": 0, "max_tokens": 40, "seed": 1}
    full = await text_of(smollm2, chat("Count from 1 to 9 with commas.", **counting))
    word = full[len(full) // 2 :][:4]
    answer = await smollm2.chat(chat("Count from 1 to 9 with commas.", stop=[word, "@@@"], **counting))
    assert answer.choices[0].message.content == full[: full.index(word)]
    assert answer.choices[0].finish_reason == "stop"
    assert (
        await text_of(smollm2, chat("Count from 1 to 9 with commas.", stop=word, **counting))
        == (full[: full.index(word)])
    )


async def test_an_empty_stop_word_stops_nothing(smollm2: LocalChat) -> None:
    assert await text_of(smollm2, chat(stop=["", "@@@"], max_tokens=4, temperature=0))


async def test_no_tokens_are_written_where_none_are_asked_for(smollm2: LocalChat) -> None:
    answer = await smollm2.chat(chat(max_tokens=0))
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "length")
    assert answer.usage is not None
    assert (answer.usage.completion_tokens, answer.usage.total_tokens) == (0, answer.usage.prompt_tokens)


@pytest.mark.parametrize("seed", [42, -7, 2**40, 2**32 - 1])
async def test_the_same_seed_gives_the_same_answer(smollm2: LocalChat, seed: int) -> None:
    request = chat("Tell a story", seed=seed, temperature=1.5, max_tokens=12)
    assert await text_of(smollm2, request) == await text_of(smollm2, request)


async def test_another_seed_gives_another_answer(smollm2: LocalChat) -> None:
    texts = {await text_of(smollm2, chat("Tell a story", seed=seed, temperature=2, max_tokens=12)) for seed in range(4)}
    assert len(texts) > 1


async def test_without_temperature_to_speak_of_the_answer_is_always_the_same(smollm2: LocalChat) -> None:
    cold = [{"temperature": 0}, {"top_p": 0}, {"top_k": 1}]
    texts = {await text_of(smollm2, chat("Tell a story", seed=1, max_tokens=8, **one)) for one in cold}
    assert len(texts) == 1


async def test_penalties_change_what_is_said(smollm2: LocalChat) -> None:
    wanted = {"temperature": 0, "max_tokens": 24, "seed": 1}
    request = "Write the word tea ten times."
    plain = await text_of(smollm2, chat(request, **wanted))
    assert await text_of(smollm2, chat(request, frequency_penalty=2, presence_penalty=2, **wanted)) != plain


async def test_json_is_an_object_where_json_is_asked_for(smollm2: LocalChat) -> None:
    request = chat(
        "Give me a JSON object with a name.", response_format={"type": "json_object"}, max_tokens=200, temperature=0
    )
    answer = await smollm2.chat(request)
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content or ""), dict)
    assert (answer.choices[0].message.content or "").startswith("{")


async def test_json_follows_the_schema_that_is_asked_for(smollm2: LocalChat) -> None:
    schema = {
        "type": "object",
        "properties": {"color": {"enum": ["red", "blue"]}, "count": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["color", "count"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "thing", "schema": schema, "strict": True}}
    answer = await smollm2.chat(chat("Describe a thing.", response_format=form, max_tokens=100, temperature=0))
    thing = json.loads(answer.choices[0].message.content or "")
    assert thing.keys() == {"color", "count"}
    assert thing["color"] in {"red", "blue"}
    assert thing["count"] in range(1, 10)


async def test_a_schema_that_cannot_be_followed_is_refused_where_it_stands(smollm2: LocalChat) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "thing", "schema": {"type": "int"}}}
    with pytest.raises(InvalidParameters) as refused:
        await smollm2.chat(chat(response_format=form))
    assert refused.value.complaints[0].loc == ["body", "response_format"]
    assert msgspec.json.decode(refused.value.complaints[0].input) == form
    assert "int" in refused.value.complaints[0].msg


async def test_a_model_whose_template_has_no_tools_refuses_them(smollm2: LocalChat) -> None:
    assert {"tools", "tool_choice"} <= smollm2.unsupported
    with pytest.raises(UnsupportedParameters) as refused:
        await smollm2.chat(chat(tools=[WEATHER], tool_choice="required"))
    assert [complaint.loc for complaint in refused.value.complaints] == [["body", "tools"], ["body", "tool_choice"]]


async def test_pictures_and_sound_are_refused_where_they_stand(smollm2: LocalChat) -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]
    with pytest.raises(UnsupportedParameters) as refused:
        await smollm2.chat(chat(content))
    assert [complaint.loc for complaint in refused.value.complaints] == [
        ["body", "messages", "0", "content", "1"],
        ["body", "messages", "0", "content", "2"],
    ]


async def test_spoken_answers_are_refused_and_written_ones_are_not(smollm2: LocalChat) -> None:
    with pytest.raises(UnsupportedParameters):
        await smollm2.chat(chat(modalities=["text", "audio"]))
    assert (await smollm2.chat(chat(modalities=["text"], max_tokens=2))).choices


async def test_a_prompt_beyond_one_calls_context_is_refused_with_the_context_that_is_reported(
    smollm2: LocalChat,
) -> None:
    assert smollm2.context == 512
    with pytest.raises(ContextOverflow, match=r"holds 512 tokens; the request has \d+") as refused:
        await smollm2.chat(chat("word " * 600))
    assert (refused.value.status, refused.value.code, refused.value.param) == (
        400,
        "context_length_exceeded",
        "messages",
    )


async def test_an_answer_that_fills_the_context_ends_there(smollm2: LocalChat) -> None:
    answer = await smollm2.chat(chat("word " * 440, ignore_eos=True, temperature=0))
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.total_tokens == smollm2.context


async def test_unknown_extra_parameters_are_refused_in_the_models_own_voice(smollm2: LocalChat) -> None:
    with pytest.raises(InvalidParameters) as refused:
        await smollm2.chat(chat(zebra=1, apple={"a": 2}, top_k=3))
    assert [(one.type, one.loc, bytes(one.input)) for one in refused.value.complaints] == [
        ("extra_forbidden", ["body", "apple"], b'{"a":2}'),
        ("extra_forbidden", ["body", "zebra"], b"1"),
    ]


async def test_a_number_beyond_any_is_the_callers_fault(smollm2: LocalChat) -> None:
    with pytest.raises(InvalidParameters) as refused:
        await smollm2.chat(chat(min_p=msgspec.Raw(b"1e999")))
    assert bytes(refused.value.complaints[0].input) == b"1e999"


async def test_a_sampling_parameter_of_the_wrong_type_is_the_callers_fault(smollm2: LocalChat) -> None:
    with pytest.raises(BadRequest):
        await smollm2.chat(chat(top_k="many"))


async def test_several_answers_are_written_where_several_are_asked_for(smollm2: LocalChat) -> None:
    telling = {"seed": 5, "temperature": 2, "max_tokens": 8, "ignore_eos": True}
    answer = await smollm2.chat(chat("Tell a story", n=3, **telling))
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1
    alone = await smollm2.chat(chat("Tell a story", **telling))
    assert answer.choices[0].message.content == alone.choices[0].message.content
    assert answer.usage is not None
    assert alone.usage is not None
    assert answer.usage.prompt_tokens == alone.usage.prompt_tokens
    assert answer.usage.completion_tokens == 24


@pytest.mark.parametrize("count", [0, 17, "two", None])
async def test_a_strange_number_of_answers_is_refused(smollm2: LocalChat, count: object) -> None:
    with pytest.raises(InvalidParameters):
        await smollm2.chat(chat(n=count))


async def test_probabilities_come_with_each_token(smollm2: LocalChat) -> None:
    answer = await smollm2.chat(chat(logprobs=True, top_logprobs=2, max_tokens=3, temperature=0))
    tokens = json.loads(bytes(answer.choices[0].logprobs or b"{}"))["content"]
    assert "".join(token["token"] for token in tokens) == answer.choices[0].message.content
    assert all(token["logprob"] <= 0 and len(token["top_logprobs"]) == 2 for token in tokens)


async def test_a_developer_is_a_system(smollm2: LocalChat) -> None:
    def told_by(role: str) -> ChatRequest:
        told = [{"role": role, "content": "Answer in French."}, {"role": "user", "content": "Say hi"}]
        return chat(messages=told, temperature=0, seed=1, max_tokens=4)

    by_system, by_developer = await smollm2.chat(told_by("system")), await smollm2.chat(told_by("developer"))
    assert by_system == by_developer


async def test_an_assistants_last_word_is_history_and_not_the_beginning_of_the_answer(smollm2: LocalChat) -> None:
    async def tokens_with_last(role: str) -> int:
        talk = [{"role": "user", "content": "Say hi"}, {"role": role, "content": "Hello, my dear friend"}]
        answer = await smollm2.chat(chat(messages=talk, max_tokens=1))
        assert answer.usage is not None
        return answer.usage.prompt_tokens

    # An answer begun for the model would lack the end of its message and the beginning of the next.
    assert await tokens_with_last("assistant") >= await tokens_with_last("user")


async def test_text_parts_are_one_text(smollm2: LocalChat) -> None:
    parts = [{"type": "text", "text": "Say"}, {"type": "text", "text": "hi"}]
    in_parts = await smollm2.chat(chat(parts, temperature=0, seed=1, max_tokens=4))
    assert in_parts == await smollm2.chat(chat("Say\nhi", temperature=0, seed=1, max_tokens=4))


async def test_a_text_is_completed(smollm2: LocalChat) -> None:
    answer = await smollm2.complete(prompt("Once upon a", max_tokens=3, temperature=0))
    assert answer.choices[0].text.startswith(" time")
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_every_prompt_of_a_list_is_completed_and_counted(smollm2: LocalChat) -> None:
    ones = [
        await smollm2.complete(prompt(text, max_tokens=4, temperature=0, seed=1)) for text in ("Once upon a", "The sun")
    ]
    both = prompt(["Once upon a", "The sun"], max_tokens=4, temperature=0, seed=1)
    answer = await smollm2.complete(both)
    assert [(choice.index, choice.text) for choice in answer.choices] == [
        (place, one.choices[0].text) for place, one in enumerate(ones)
    ]
    usages = [one.usage or Usage() for one in ones]
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == sum(usage.prompt_tokens for usage in usages)
    assert answer.usage.completion_tokens == 8
    async with aclosing(smollm2.complete_stream(both)) as stream:
        pieces = [piece async for pieces in stream for piece in pieces]
    assert [piece.usage for piece in pieces if piece.usage] == [answer.usage]
    texts = ["".join(c.text for piece in pieces for c in piece.choices if c.index == place) for place in (0, 1)]
    assert texts == [choice.text for choice in answer.choices]


async def test_a_completion_is_short_where_no_length_is_asked_for(smollm2: LocalChat) -> None:
    answer = await smollm2.complete(prompt("Once upon a", ignore_eos=True))
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 256


async def test_token_ids_are_refused_since_every_model_has_its_own(smollm2: LocalChat) -> None:
    with pytest.raises(UnsupportedParameters) as refused:
        await smollm2.complete(prompt([1, 2, 3]))
    assert refused.value.complaints[0].loc == ["body", "prompt"]


async def test_nothing_that_is_said_appears_on_the_terminal(
    smollm2: LocalChat, capfd: pytest.CaptureFixture[str]
) -> None:
    await smollm2.chat(chat("A secret: swordfish", max_tokens=4))
    with pytest.raises(ContextOverflow):
        await smollm2.chat(chat("swordfish " * 600))
    assert capfd.readouterr() == ("", "")
