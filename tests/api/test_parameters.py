"""Extra, wrong and unsupported parameters: who is refused, in which words, in which order."""

import sys
from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, chat, deployment, header_of, json_of
from zaffre.core.modality import Modality

# Python 3.12 goes deeper than those before it.
TOO_DEEP = {1009, 100_000} if sys.version_info < (3, 12) else {100_000}


def caller_of(backend: Canned, **facts: Any) -> Caller:
    return Caller(deployment("demo", backend, **facts))


def fields_of(backend: Canned) -> dict[str, Any]:
    """The fields the backend was given, decoded."""
    return {name: msgspec.json.decode(raw) for name, raw in backend.asked[-1].fields.items()}


async def test_extra_parameters_are_refused_by_name_unless_the_header_says_otherwise() -> None:
    backend = Canned()
    response = await caller_of(backend).post("/models/chat/completions", chat(foo=1, logprobs=True))
    body = json_of(response)
    message = (
        "Extra parameters ['foo', 'logprobs'] are not allowed when extra-parameters is not set or set to be 'error'. "
        "Set extra-parameters to 'pass-through' to pass to the model."
    )
    assert response.status == 400
    assert body["detail"] == message
    assert body["error"] == {
        "code": "extra_parameters_not_allowed",
        "message": message,
        "status": 400,
    } | {key: body["error"][key] for key in body["error"].keys() - {"code", "message", "status"}}
    assert backend.asked == []


@pytest.mark.parametrize(
    "name", ["audio", "best_of", "logit_bias", "logprobs", "max_completion_tokens", "n", "parallel_tool_calls", "user"]
)
async def test_what_no_edition_of_the_api_names_is_an_extra_parameter(name: str) -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat(**{name: 1}))
    assert response.status == 400
    assert f"['{name}']" in json_of(response)["detail"]


async def test_drop_drops_what_the_api_does_not_know() -> None:
    backend = Canned()
    await caller_of(backend).post("/models/chat/completions", chat(foo=1, seed=3), extra_parameters="Drop")
    assert fields_of(backend).keys() == {"messages", "model", "seed"}


async def test_pass_through_passes_values_as_they_are() -> None:
    backend = Canned()
    body = chat(foo={"a": [1, 2.50]}, bar=False)
    await caller_of(backend).post("/models/chat/completions", body, extra_parameters="pass-through")
    assert fields_of(backend)["foo"] == {"a": [1, 2.5]}
    assert backend.asked[-1].extras.keys() == {"foo", "bar"}


async def test_any_other_policy_is_refused_in_the_services_own_words() -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat(), extra_parameters="ignore")
    assert response.status == 400
    assert json_of(response)["error"]["message"] == (
        "Unexpected EXTRA_PARAMETERS option ignore, expected options are ['error', 'drop', 'pass-through']"
    )


async def test_only_top_level_names_are_judged() -> None:
    message = {"role": "user", "content": "Hi", "name": None, "provider_specific_fields": {"refusal": None}}
    tool = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {"$schema": "x"}}}
    response = await caller_of(Canned()).post("/models/chat/completions", chat(messages=[message], tools=[tool]))
    assert response.status == 200


async def test_stream_options_and_null_are_no_extras() -> None:
    backend = Canned()
    body = chat(stream_options=None, max_tokens=None, nonsense=None)
    response = await caller_of(backend).post("/models/chat/completions", body)
    assert response.status == 200
    assert fields_of(backend).keys() == {"messages", "model"}


async def test_one_422_names_everything_the_model_cannot_do() -> None:
    caller = caller_of(Canned(), lacks=frozenset({"response_format", "seed", "tools"}))
    body = chat(response_format={"type": "json_object"}, seed=4, temperature=0.5)
    response = await caller.post("/models/chat/completions", body)
    answer = json_of(response)
    assert response.status == 422
    assert header_of(response, b"x-ms-error-code") == b"parameter_not_supported"
    assert [(".".join(item["loc"]), item["input"]) for item in answer["detail"]] == [
        ("body.response_format", {"type": "json_object"}),
        ("body.seed", 4),
    ]
    assert answer["error"]["details"][0] == {
        "code": "parameter_not_supported",
        "target": "body.response_format",
        "message": "The model demo-model does not support response_format json_object.",
    }
    assert answer["code"] == answer["error"]["code"] == "parameter_not_supported"
    assert answer["status"] == answer["error"]["status"] == 422
    assert answer["message"] == "One of the parameters contain invalid values."


async def test_drop_drops_what_the_model_cannot_do() -> None:
    backend = Canned()
    caller = caller_of(backend, lacks=frozenset({"seed"}))
    response = await caller.post("/models/chat/completions", chat(seed=4, foo=1), extra_parameters="drop")
    assert response.status == 200
    assert fields_of(backend).keys() == {"messages", "model"}
    assert backend.asked[-1].known.seed is None


@pytest.mark.parametrize(
    "asks_nothing",
    [
        {"response_format": {"type": "text"}},
        {"stream": False},
        {"stream_options": {}},
        {"stream_options": {"include_usage": False}},
        {"stream_options": {"include_usage": None}},
        {"temperature": 1},
        {"top_p": 1.0},
        {"presence_penalty": 0},
        {"frequency_penalty": 0.0},
        {"modalities": ["text"]},
        {"tool_choice": "auto"},
        {"tool_choice": "none"},
        {"seed": None},
    ],
)
async def test_a_value_that_asks_for_nothing_is_never_unsupported(asks_nothing: dict[str, Any]) -> None:
    backend = Canned()
    caller = caller_of(backend, lacks=frozenset(asks_nothing))
    response = await caller.post("/models/chat/completions", chat(**asks_nothing))
    assert response.status == 200
    assert asks_nothing.keys().isdisjoint(fields_of(backend))


async def test_to_call_no_tool_is_a_wish_where_tools_are_offered() -> None:
    caller = caller_of(Canned(), lacks=frozenset({"tool_choice"}))
    offered = chat(tools=[{"type": "function", "function": {"name": "f"}}])
    assert (await caller.post("/models/chat/completions", offered | {"tool_choice": "auto"})).status == 200
    response = await caller.post("/models/chat/completions", offered | {"tool_choice": "none"})
    assert [(item["loc"], item["input"]) for item in json_of(response)["detail"]] == [(["body", "tool_choice"], "none")]


@pytest.mark.parametrize(
    ("fields", "loc", "value"),
    [
        ({"temperature": "hot"}, ["body", "temperature"], "hot"),
        ({"temperature": 2.5}, ["body", "temperature"], 2.5),
        ({"top_p": -0.1}, ["body", "top_p"], -0.1),
        ({"max_tokens": -1}, ["body", "max_tokens"], -1),
        ({"seed": 2**63}, ["body", "seed"], 2**63),
        ({"stop": []}, ["body", "stop"], []),
        ({"tools": []}, ["body", "tools"], []),
        ({"tool_choice": "maybe"}, ["body", "tool_choice"], "maybe"),
        ({"response_format": {"type": "xml"}}, ["body", "response_format", "type"], "xml"),
        ({"messages": []}, ["body", "messages"], []),
        ({"messages": "Hi"}, ["body", "messages"], "Hi"),
        ({"messages": [{"role": "robot", "content": ""}]}, ["body", "messages", "0", "role"], "robot"),
        (
            {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
            ["body", "messages", "0", "content", "0", "type"],
            "smell",
        ),
        (
            {"messages": [{"role": "tool", "content": "x"}]},
            ["body", "messages", "0", "tool_call_id"],
            {"role": "tool", "content": "x"},
        ),
    ],
)
async def test_a_wrong_value_is_named_by_place_and_shown(fields: dict[str, Any], loc: list[str], value: Any) -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat() | fields)
    detail = json_of(response)["detail"]
    assert response.status == 422
    assert [(item["loc"], item["input"]) for item in detail] == [(loc, value)]


@pytest.mark.parametrize(
    ("field", "raw", "loc"),
    [
        ("messages", b'[{"role":"user","content":[{"type":"smell"}],"content":"Hi"}]', ["messages", "0", "content"]),
        ("tools", b'[{"function":{"name":"f","parameters":{"0":1,"a":[[1e999]]}}}]', ["tools", "0", "function"]),
    ],
)
async def test_where_the_place_is_not_clear_the_last_clear_one_is_named(field: str, raw: bytes, loc: list[str]) -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat() | {field: msgspec.Raw(raw)})
    assert response.status == 422
    assert isinstance(response.body, bytes)
    assert b'"loc":' + msgspec.json.encode(["body", *loc])[:-1] in response.body


async def test_every_wrong_value_is_named_at_once() -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", {"model": "demo", "top_p": 2, "seed": "x"})
    assert [item["loc"][-1] for item in json_of(response)["detail"]] == ["messages", "top_p", "seed"]


async def test_extras_are_refused_before_wrong_values_and_those_before_unsupported_ones() -> None:
    caller = caller_of(Canned(), lacks=frozenset({"seed"}))
    everything = chat(foo=1, temperature="hot", seed=1)
    assert (await caller.post("/models/chat/completions", everything)).status == 400
    without_extra = chat(temperature="hot", seed=1)
    response = await caller.post("/models/chat/completions", without_extra)
    assert json_of(response)["error"]["code"] == "invalid_parameter"
    response = await caller.post("/models/chat/completions", chat(seed=1))
    assert json_of(response)["error"]["code"] == "parameter_not_supported"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"  ", 400),
        (b"{", 400),
        (b'{"a":1}}', 400),
        (b'{"a":NaN}', 400),
        (b'{"messages":"\xff"}', 400),
        (b'{"model":"demo","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
        (b"[1,", 400),
        (b"[1]]", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b'{"model":7}', 422),
        (b'{"model":"demo","messages":[{"role":"user","content":"\\ud800"}]}', 400),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(body: bytes, status: int) -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", body)
    assert response.status == status
    assert json_of(response)["error"]["message"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/merge-patch+json", 200),
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
async def test_the_body_must_be_json_by_name_or_by_no_name(content_type: str, status: int) -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat(), content_type=content_type)
    assert response.status == status


async def test_arguments_of_past_calls_may_be_objects_and_messages_keep_their_own_keys() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}, "call_id": None}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
    ]
    backend = Canned()
    response = await caller_of(backend).post("/models/chat/completions", chat(messages=messages))
    assert response.status == 200
    assert fields_of(backend)["messages"] == messages


async def test_embeddings_refuse_what_the_model_cannot_do() -> None:
    caller = Caller(
        deployment("demo", Canned(), Modality.TEXT_EMBEDDINGS, lacks=frozenset({"input_type", "dimensions"}))
    )
    body = {"model": "demo", "input": ["a"], "input_type": "text"}
    assert (await caller.post("/models/embeddings", body)).status == 200
    response = await caller.post("/models/embeddings", body | {"input_type": "query", "dimensions": 3})
    assert [item["loc"][-1] for item in json_of(response)["detail"]] == ["dimensions", "input_type"]


def image_caller(backend: Canned) -> Caller:
    return Caller(deployment("demo", backend, Modality.IMAGE_EMBEDDINGS, lacks=frozenset({"text", "dimensions"})))


IMAGES = {"model": "demo", "input": [{"image": "data:,"}, {"image": "data:,", "text": "A cat."}], "dimensions": 3}


async def test_a_text_beside_an_image_is_refused_where_it_stands() -> None:
    backend = Canned()
    response = await image_caller(backend).post("/models/images/embeddings", IMAGES)
    assert [(".".join(item["loc"]), item["input"]) for item in json_of(response)["detail"]] == [
        ("body.dimensions", 3),
        ("body.input.1.text", "A cat."),
    ]
    without = {"model": "demo", "input": [{"image": "data:,", "text": None}]}
    assert (await image_caller(backend).post("/models/images/embeddings", without)).status == 200


async def test_drop_drops_a_text_beside_an_image() -> None:
    backend = Canned()
    response = await image_caller(backend).post("/models/images/embeddings", IMAGES, extra_parameters="drop")
    assert response.status == 200
    assert fields_of(backend) == {"model": "demo", "input": [{"image": "data:,"}] * 2}
    assert [item.text for item in backend.asked[-1].known.input] == [None, None]


async def test_an_extra_parameter_that_the_model_is_said_to_lack_does_not_pass_through() -> None:
    caller = caller_of(Canned(), lacks=frozenset({"n"}))
    response = await caller.post("/models/chat/completions", chat(n=2), extra_parameters="pass-through")
    assert [(item["loc"], item["input"]) for item in json_of(response)["detail"]] == [(["body", "n"], 2)]


async def test_what_a_call_is_about_is_never_dropped() -> None:
    caller = caller_of(Canned(), lacks=frozenset({"messages"}))
    response = await caller.post("/models/chat/completions", chat(), extra_parameters="drop")
    assert json_of(response)["detail"][0]["loc"] == ["body", "messages"]


async def test_a_list_of_mixed_inputs_is_refused() -> None:
    caller = Caller(deployment("demo", Canned(), Modality.TEXT_EMBEDDINGS))
    response = await caller.post("/models/embeddings", {"model": "demo", "input": ["a", 1], "dimensions": None})
    assert response.status == 422
    assert [(item["loc"], item["input"]) for item in json_of(response)["detail"]] == [(["body", "input"], ["a", 1])]


@pytest.mark.parametrize(
    "number", [b"1e999", b"-1e999", b"9" * 5000, b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}"], ids=lambda it: it[:6]
)
@pytest.mark.parametrize("field", ["model", "messages", "temperature", "seed", "max_tokens", "stop", "tools"])
async def test_a_number_beyond_any_is_a_wrong_value_and_shown_as_sent(field: str, number: bytes) -> None:
    body = chat() | {field: msgspec.Raw(number)}
    response = await caller_of(Canned()).post("/models/chat/completions", body)
    assert response.status == 422
    assert isinstance(response.body, bytes)
    assert b'"input":' + number in response.body


async def test_a_number_beyond_any_may_stand_in_what_the_model_cannot_do() -> None:
    tools = [{"function": {"name": "f", "strict": msgspec.Raw(b"1e999")}}]
    response = await caller_of(Canned(), lacks=frozenset({"tools"})).post("/models/chat/completions", chat(tools=tools))
    assert response.status == 422
    assert isinstance(response.body, bytes)
    assert b'"input":[{"function":{"name":"f","strict":1e999}}]' in response.body


@pytest.mark.parametrize("field", ["model", "messages", "temperature", "tools", "extra"])
async def test_a_body_nested_too_deeply_is_refused_at_every_depth(field: str) -> None:
    caller = caller_of(Canned(), lacks=frozenset({"tools"}))
    for depth in (10, *range(900, 1010), 100_000):
        nested = b"[" * depth + b"]" * depth
        if field == "tools":
            nested = b'[{"function":{"name":"f","parameters":{"a":%b}}}]' % nested
        body = chat() | {field: msgspec.Raw(nested)}
        response = await caller.post("/models/chat/completions", body, extra_parameters="pass-through")
        assert response.status in ((400,) if depth in TOO_DEEP else (200, 400, 422))
