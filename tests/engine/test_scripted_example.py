"""The configuration printed in docs/scripted-models.md, loaded as it stands there, answers as the page says."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from tests.engine.scripted_requests import CLOCK, WEATHER, chat, deltas, images, inputs, prompt, said, whole
from zaffre.config.load import Loaded, load
from zaffre.core.errors import Cut, RateLimited
from zaffre.engine.scripted.backend import Scripted

PAGE = Path(__file__).parents[2] / "docs" / "scripted-models.md"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    configuration, rules = blocks("yaml")[:2]
    (tmp_path / "zaffre.yaml").write_text(configuration)
    (tmp_path / "rules.yaml").write_text(rules)
    secrets = {"ZAFFRE_KEY": "k" * 32, "VLLM_KEY": "v"}
    return load(tmp_path / "zaffre.yaml", environ=secrets, providers={"openai", "scripted", "local"})


@pytest.fixture
def demo(loaded: Loaded) -> Scripted:
    return scripted(loaded, "demo")


def scripted(loaded: Loaded, name: str) -> Scripted:
    deployment = loaded.config.deployments[name]
    rules = loaded.config.connections[deployment.connection].rules
    assert rules is not None
    return Scripted(rules.rules, dimensions=deployment.dimensions, context=deployment.context, sleep=no_time)


async def no_time(seconds: float) -> None:
    assert seconds == 0.05


async def test_a_text_is_searched_in_any_letter_case(demo: Scripted):
    assert await said(demo, chat("Tell me: How Many Feet are in a mile?")) == "There are 5,280 feet in a mile."


async def test_a_named_tool_that_is_offered_is_called_as_spelled_out(demo: Scripted):
    message, finish = await whole(demo, chat("What is the weather?", tools=[CLOCK, WEATHER]))
    (call,) = message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city": "Seattle"}')
    assert finish == "tool_calls"


async def test_a_tools_answer_is_taken_up(demo: Scripted):
    messages = [{"role": "user", "content": "hi"}, {"role": "tool", "tool_call_id": "x", "content": "{rain} {text}"}]
    assert await said(demo, chat(messages=messages, tools=[WEATHER])) == "The tool said: {rain} {text}"


async def test_any_other_offered_tool_is_called_with_every_argument_filled(demo: Scripted):
    message, _ = await whole(demo, chat("hello", tools=[WEATHER, CLOCK]))
    (call,) = message.tool_calls
    assert call.function.name == "get_weather"
    assert msgspec.json.decode(call.function.arguments) == {"city": "city", "days": 1}


async def test_the_tool_that_tool_choice_names_is_called(demo: Scripted):
    choice = {"type": "function", "function": {"name": "get_time"}}
    message, _ = await whole(demo, chat("hello", tools=[WEATHER, CLOCK], tool_choice=choice))
    assert [(call.function.name, call.function.arguments) for call in message.tool_calls] == [("get_time", "{}")]


async def test_no_tool_is_called_under_tool_choice_none(demo: Scripted):
    assert await said(demo, chat("the weather", tools=[WEATHER], tool_choice="none")) == "You said: the weather"


async def test_a_json_answer_fits_the_schema_asked_for(demo: Scripted):
    schema = {"type": "object", "properties": {"unit": {"enum": ["C", "F"]}}, "required": ["unit"]}
    form = {"type": "json_schema", "json_schema": {"name": "unit", "schema": schema}}
    assert await said(demo, chat("hello", response_format=form)) == '{"unit": "C"}'


async def test_a_json_object_is_answered_with_one(demo: Scripted):
    text = await said(demo, chat("hello", response_format={"type": "json_object"}))
    assert isinstance(msgspec.json.decode(text or ""), dict)


async def test_text_as_response_format_is_not_json(demo: Scripted):
    assert await said(demo, chat("hello", response_format={"type": "text"})) == "You said: hello"


async def test_an_image_is_seen(demo: Scripted):
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    assert await said(demo, chat(parts)) == "Balls being juggled."


async def test_a_failure_is_raised_with_its_retry_after(demo: Scripted):
    with pytest.raises(RateLimited) as caught:
        await demo.chat(chat("fail"))
    assert (caught.value.status, caught.value.retry_after) == (429, 2)


async def test_fail_within_a_longer_text_is_no_failure(demo: Scripted):
    assert await said(demo, chat("do not fail")) == "You said: do not fail"


async def test_a_slow_answer_comes_word_by_word(demo: Scripted):
    assert await deltas(demo, chat("slow")) == ["one", " two", " three"]


async def test_a_stream_breaks_after_two_words(demo: Scripted):
    stream = demo.chat_stream(chat("cut"))
    assert [(await anext(stream))[0].choices[0].delta.content for _ in range(2)] == ["one", " two"]
    with pytest.raises(Cut):
        await anext(stream)


async def test_a_whole_answer_that_is_cut_never_comes(demo: Scripted):
    with pytest.raises(Cut):
        await demo.chat(chat("cut"))


async def test_everything_else_is_echoed(demo: Scripted):
    assert await said(demo, chat("a {b} and {text}")) == "You said: a {b} and {text}"


async def test_a_prompt_counts_as_the_last_user_message(demo: Scripted):
    answer = await demo.complete(prompt("how many feet in a mile"))
    assert answer.choices[0].text == "There are 5,280 feet in a mile."


async def test_embeddings_have_the_dimensions_of_the_deployment(loaded: Loaded):
    model = scripted(loaded, "demo-embed")
    answer = await model.embed(inputs(["one", "two"]))
    assert [len(vector) for vector in answer.data] == [16, 16]


async def test_an_image_has_a_vector(loaded: Loaded):
    answer = await scripted(loaded, "demo-image").embed_images(images({"image": PIXEL}))
    assert [len(vector) for vector in answer.data] == [1024]


def test_every_block_of_the_page_is_well_formed(tmp_path: Path):
    for block in blocks("yaml"):
        assert yaml.safe_load(block)
    for block in blocks("python"):
        compile(block, PAGE.name, "exec")


async def test_the_pages_small_rules_file_is_overloaded_with_tools_and_filtered_without(tmp_path: Path):
    (tmp_path / "rules.yaml").write_text(blocks("yaml")[2])
    (tmp_path / "zaffre.yaml").write_text(
        "connections: {s: {provider: scripted, rules: rules.yaml}}\ndeployments: {d: {model: m, connection: s}}"
    )
    model = scripted(load(tmp_path / "zaffre.yaml", environ={}, providers={"scripted"}), "d")
    with pytest.raises(Exception, match="Come back without tools"):
        await model.chat(chat(tools=[WEATHER]))
    message, finish = await whole(model, chat())
    assert (message.content, finish) == ("Well then", "content_filter")
