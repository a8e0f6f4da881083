"""Which parameters go to whom: what OpenAI's API names and what it does not, where a server answers that may know more,
and where a model of this process does, which knows what it knows."""

from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, chat, deployment, json_of
from zaffre.core.modality import Modality

PATHS = pytest.mark.parametrize(
    "path", ["/openai/deployments/demo/chat/completions?api-version=2024-10-21", "/openai/v1/chat/completions"]
)
V1 = "/openai/v1/chat/completions"
BEYOND = ["logit_bias", "logprobs", "max_completion_tokens", "n", "parallel_tool_calls", "store", "user", "verbosity"]
"""Some of what OpenAI's API names beyond the Inference API."""


class OfThisProcess(Canned):
    """A backend that takes the Inference API's parameters, and these."""

    def __init__(self, *takes: str) -> None:
        super().__init__()
        self.takes = frozenset(takes)


def caller_of(backend: Canned, **facts: Any) -> Caller:
    embedder = deployment("embed", backend, Modality.TEXT_EMBEDDINGS, **facts)
    return Caller(deployment("demo", backend, **facts), embedder)


def given(backend: Canned) -> dict[str, Any]:
    """The fields that the backend was given, decoded."""
    return {name: msgspec.json.decode(raw) for name, raw in backend.asked[-1].fields.items()}


@PATHS
async def test_a_server_of_the_dialect_is_given_all_that_is_said(path: str) -> None:
    backend = Canned()
    said = chat(foo={"a": [1, 2.50]}, top_k=3, n=2, logit_bias={"1": -100}, user="u", verbosity="low")
    assert (await caller_of(backend).post(path, said)).status == 200
    assert given(backend) == said


@PATHS
@pytest.mark.parametrize("header", ["error", "drop", "pass-through", "nonsense"])
async def test_the_inference_apis_policy_has_no_meaning_here(path: str, header: str) -> None:
    backend = Canned()
    assert (await caller_of(backend).post(path, chat(foo=1), extra_parameters=header)).status == 200
    assert given(backend)["foo"] == 1


@PATHS
async def test_a_model_of_this_process_refuses_what_nobody_knows_by_name(path: str) -> None:
    backend = OfThisProcess()
    response = await caller_of(backend).post(path, chat(foo=1, bar=2, n=2))
    error = json_of(response)["error"]
    assert response.status == 400
    assert (error["code"], error["param"], error["type"]) == ("unknown_parameter", "bar", "invalid_request_error")
    assert error["message"] == "Unrecognized request arguments supplied: bar, foo"
    assert backend.asked == []


async def test_what_the_inference_api_alone_knows_is_unknown_here() -> None:
    said = {"model": "embed", "input": "Hi", "input_type": "query"}
    error = json_of(await caller_of(OfThisProcess()).post("/openai/v1/embeddings", said))["error"]
    assert (error["code"], error["param"]) == ("unknown_parameter", "input_type")
    backend = Canned()
    assert (await caller_of(backend).post("/openai/v1/embeddings", said)).status == 200
    assert given(backend) == said


@PATHS
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("logit_bias", {"1": 5}),
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("data_sources", [{"type": "azure_search", "parameters": {}}]),
        ("functions", [{"name": "f"}]),
        ("max_completion_tokens", 3),
        ("reasoning_effort", "high"),
        ("store", True),
        ("verbosity", "low"),
        ("web_search_options", {}),
    ],
)
async def test_what_a_model_cannot_do_is_refused_by_name(path: str, name: str, value: Any) -> None:
    backend = OfThisProcess()
    response = await caller_of(backend).post(path, chat(**{name: value}))
    error = json_of(response)["error"]
    assert response.status == 400
    assert (error["code"], error["param"], error["type"]) == ("unsupported_parameter", name, "invalid_request_error")
    assert name in error["message"]
    assert backend.asked == []
    able = OfThisProcess(name)
    assert (await caller_of(able).post(path, chat(**{name: value}))).status == 200
    assert given(able)[name] == value


@PATHS
async def test_what_the_configuration_says_that_a_model_lacks_is_refused_before_any_backend(path: str) -> None:
    for backend in (Canned(), OfThisProcess()):
        caller = caller_of(backend, lacks=frozenset({"tools", "seed"}))
        response = await caller.post(path, chat(seed=3, temperature=0.5))
        error = json_of(response)["error"]
        assert (response.status, error["code"], error["param"]) == (400, "unsupported_parameter", "seed")
        assert error["message"] == "The model demo-model does not support seed."


@PATHS
@pytest.mark.parametrize(
    "asks_nothing",
    [
        {"n": 1},
        {"logit_bias": {}},
        {"logprobs": False},
        {"top_logprobs": 0},
        {"parallel_tool_calls": True},
        {"parallel_tool_calls": False},
        {"store": False},
        {"service_tier": "auto"},
        {"reasoning_effort": "none"},
        {"user": "someone"},
        {"metadata": {"a": "b"}},
        {"safety_identifier": "x"},
        {"prompt_cache_key": "x"},
        {"prediction": {"type": "content", "content": "x"}},
        {"stream": False},
        {"stream_options": None},
        {"seed": None},
        {"foo": None},
        {"response_format": {"type": "text"}},
        {"tool_choice": "none"},
    ],
)
async def test_a_value_that_asks_for_nothing_is_never_refused(path: str, asks_nothing: dict[str, Any]) -> None:
    backend = OfThisProcess()
    caller = caller_of(backend, lacks=frozenset(asks_nothing))
    assert (await caller.post(path, chat(**asks_nothing))).status == 200
    assert given(backend) == chat()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", "two"),
        ("n", 129),
        ("parallel_tool_calls", "yes"),
        ("reasoning_effort", "enormous"),
        ("metadata", {"a": 1}),
        ("logprobs", 3),
        ("functions", []),
        ("modalities", ["smell"]),
    ],
)
async def test_types_and_ranges_are_checked_whoever_answers(name: str, value: Any) -> None:
    for backend in (Canned(), OfThisProcess(*BEYOND)):
        error = json_of(await caller_of(backend).post(V1, chat(**{name: value})))["error"]
        assert error["code"] == "invalid_value"
        assert error["param"].startswith(name)
        assert backend.asked == []


@pytest.mark.parametrize(
    "message",
    [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi", "name": "ann"},
        {"role": "assistant", "content": None, "refusal": "No.", "provider_specific_fields": {"refusal": None}},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "Sunny"},
        {"role": "user", "content": [{"type": "file", "file": {"file_data": "x"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]},
    ],
)
async def test_messages_of_every_kind_reach_the_model_as_they_were_sent(message: dict[str, Any]) -> None:
    backend = Canned()
    response = await caller_of(backend).post(V1, chat(messages=[message]))
    assert response.status == 200
    assert given(backend)["messages"] == [message]


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"best_of": 1, "echo": False, "suffix": "", "n": 1, "user": "u"}, {}),
        ({"echo": True, "logprobs": 2}, {"echo": True, "logprobs": 2}),
    ],
)
async def test_text_completions_have_parameters_of_their_own(fields: dict[str, Any], known: dict[str, Any]) -> None:
    backend = OfThisProcess(*known)
    response = await caller_of(backend).post("/openai/v1/completions", {"model": "demo", "prompt": "Hi", **fields})
    assert response.status == 200
    assert given(backend) == {"model": "demo", "prompt": "Hi", **known}
