"""Tools, where the model's template has them. The template here is of the common kind: calls in XML tags."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from io import StringIO
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.local_requests import CLOCK, WEATHER, chat
from zaffre.core.errors import InvalidParameters
from zaffre.engine.local import LocalModel, LocalModels, Options
from zaffre.engine.local.chat import LocalChat
from zaffre.engine.weights.prepare import Wanted
from zaffre.engine.weights.source import FileSource

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEMPLATE = """\
{%- if tools %}<|im_start|>system
You can call functions:
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
To call one, write:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% elif message.role == 'assistant' and message.tool_calls %}<|im_start|>assistant
{% for tool_call in message.tool_calls %}<tool_call>
{"name": "{{ tool_call.function.name }}", "arguments": {{ tool_call.function.arguments | tojson }}}
</tool_call>
{% endfor %}<|im_end|>
{% else %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
CALLED = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Rome"}}}
ASKED = [{"role": "user", "content": "Weather in Rome?"}]
HABIT = [*ASKED, {"role": "assistant", "content": None, "tool_calls": [CALLED]}] * 3
"""Even the smallest model does once more what it has always done."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def with_tools(models_folder: Path, smollm2_file: Path) -> AsyncIterator[LocalChat]:
    options = Options(parallel=1, context=1024, chat_template=TEMPLATE)
    model = LocalModel(Wanted(FileSource(smollm2_file)), options)
    backend = LocalModels(models_folder, StringIO()).backend("with-tools", model)
    assert isinstance(backend, LocalChat)
    yield backend
    await backend.close()


async def test_a_model_whose_template_mentions_tools_takes_them(with_tools: LocalChat) -> None:
    assert with_tools.unsupported.isdisjoint({"tools", "tool_choice"})


async def test_a_required_call_is_made_with_arguments_that_fit_the_schema(with_tools: LocalChat) -> None:
    request = chat("Weather in Paris?", tools=[WEATHER], tool_choice="required", max_tokens=120, temperature=0)
    (choice,) = (await with_tools.chat(request)).choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    (call,) = choice.message.tool_calls or ()
    assert call.id.startswith("call_")
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments)["city"] in {"Paris", "Rome"}


async def test_the_tool_that_is_named_is_called(with_tools: LocalChat) -> None:
    wanted = {"type": "function", "function": {"name": "get_time"}}
    request = chat("Weather in Paris?", tools=[WEATHER, CLOCK], tool_choice=wanted, max_tokens=120, temperature=0)
    (choice,) = (await with_tools.chat(request)).choices
    assert [call.function.name for call in choice.message.tool_calls or ()] == ["get_time"]


async def test_one_of_several_tools_is_called_where_a_call_is_required(with_tools: LocalChat) -> None:
    request = chat("Weather in Paris?", tools=[WEATHER, CLOCK], tool_choice="required", max_tokens=120, temperature=0)
    (choice,) = (await with_tools.chat(request)).choices
    (call,) = choice.message.tool_calls or ()
    assert call.function.name in {"get_weather", "get_time"}


async def test_a_required_call_is_streamed_in_one_piece_with_the_usage_at_the_end(with_tools: LocalChat) -> None:
    request = chat("Weather in Paris?", tools=[WEATHER], tool_choice="required", max_tokens=120, temperature=0)
    async with aclosing(with_tools.chat_stream(request)) as stream:
        call, last = [chunk async for chunks in stream for chunk in chunks]
    (fragment,) = call.choices[0].delta.tool_calls or ()
    assert fragment.function is not None
    assert fragment.function.name == "get_weather"
    assert (last.choices[0].finish_reason, last.usage is not None) == ("tool_calls", True)


async def test_a_call_that_was_cut_is_not_told_as_a_call(with_tools: LocalChat) -> None:
    request = chat("Weather?", tools=[WEATHER], tool_choice="required", max_tokens=4)
    (choice,) = (await with_tools.chat(request)).choices
    assert choice.finish_reason == "length"
    assert choice.message.tool_calls is None


async def test_a_call_that_the_model_makes_of_its_own_is_recognised(with_tools: LocalChat) -> None:
    request = chat(messages=HABIT + ASKED, tools=[WEATHER], max_tokens=60, temperature=0, seed=1)
    (choice,) = (await with_tools.chat(request)).choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls or ()
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Rome"})
    assert call.id


async def test_streamed_fragments_join_to_the_call(with_tools: LocalChat) -> None:
    request = chat(messages=HABIT + ASKED, tools=[WEATHER], max_tokens=60, temperature=0, seed=1)
    async with aclosing(with_tools.chat_stream(request)) as stream:
        chunks = [chunk async for chunks in stream for chunk in chunks]
    fragments = [call for chunk in chunks for one in chunk.choices for call in one.delta.tool_calls or ()]
    assert len([fragment for fragment in fragments if fragment.id]) == 1
    arguments = "".join((fragment.function and fragment.function.arguments) or "" for fragment in fragments)
    assert json.loads(arguments) == {"city": "Rome"}


async def test_tools_are_not_offered_where_no_call_is_wanted(with_tools: LocalChat) -> None:
    forbidden = await with_tools.chat(chat("Say hi", tools=[WEATHER], tool_choice="none", max_tokens=2))
    plain = await with_tools.chat(chat("Say hi", max_tokens=2))
    assert forbidden.usage is not None
    assert plain.usage is not None
    assert forbidden.usage.prompt_tokens == plain.usage.prompt_tokens


async def test_a_tools_answer_is_read(with_tools: LocalChat) -> None:
    answered = [*HABIT, {"role": "tool", "tool_call_id": "1", "content": "It rains cats and dogs there"}]
    long = await with_tools.chat(chat(messages=answered, tools=[WEATHER], max_tokens=1))
    short = await with_tools.chat(chat(messages=HABIT, tools=[WEATHER], max_tokens=1))
    assert long.usage is not None
    assert short.usage is not None
    assert long.usage.prompt_tokens > short.usage.prompt_tokens + 5


async def test_a_schema_that_cannot_be_followed_is_refused_at_the_tools(with_tools: LocalChat) -> None:
    strange = {"type": "function", "function": {"name": "f", "parameters": {"type": "int"}}}
    for choice in ("auto", "required"):
        with pytest.raises(InvalidParameters) as refused:
            await with_tools.chat(chat("x", tools=[strange], tool_choice=choice))
        assert refused.value.complaints[0].loc == ["body", "tools"]


async def test_a_tool_that_was_not_offered_cannot_be_demanded(with_tools: LocalChat) -> None:
    wanted = {"type": "function", "function": {"name": "fly"}}
    with pytest.raises(InvalidParameters) as refused:
        await with_tools.chat(chat("x", tools=[WEATHER], tool_choice=wanted))
    assert refused.value.complaints[0].loc == ["body", "tool_choice"]
