"""What reaches the upstream: the caller's own bytes, the upstream's model and credential, and nothing else."""

import pytest
from msgspec import json

from tests.e2e_upstream.conftest import KEY, UPSTREAM_KEY, Gateway
from tests.e2e_upstream.upstream import Asked, Scene, Upstream
from tests.e2e_upstream.wire import DONE, completion, finish, stream, usage, whole, words

HI = whole(completion({"content": "Hi"}))
CHAT = "/models/chat/completions"


def asked(gateway: Gateway, scene: Scene, body: bytes, path: str = CHAT, **headers: str) -> Asked:
    """What the upstream was asked when a caller sent these bytes, `SCENE` in them replaced by the scene's word."""
    reply = gateway.caller.post(path, body.replace(b"SCENE", scene.word.encode()), **headers)
    assert reply.status == 200, reply.body
    (found,) = scene.asked
    return found


VALUES = (
    rb'"messages":[{"role":"user", "content":"SCENE \u00e9\ud83d\ude00 \/ \u0041","name":"x","x":[1.0]}],'
    rb'"temperature":1.0,"top_p":1e-1,"seed":9223372036854775807,"stop":["\u0041", "b" ],'
    rb'"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"int","minimum":1.50}}}],'
    rb'"max_tokens":5'
)


def test_values_reach_the_upstream_byte_for_byte_and_in_order(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    found = asked(gateway, scene, b'{"model":"mistral-LARGE",' + VALUES + b"}")
    values = VALUES.replace(b"SCENE", scene.word.encode())
    assert found.body == b'{"model":"mistral-large-latest",' + values + b"}"
    assert found.target == "/v1/chat/completions"


EXTRAS = rb'"a":1e2,"b":123456789012345678901234567890,"c":{"z":1.10,"y":[ 1 ]},"d":"\u00e9\/","e":-0.0,"f":1E400'


def test_extra_parameters_reach_the_upstream_byte_for_byte(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    body = b"{" + EXTRAS + b',"model":"Mistral-large",' + VALUES + b"}"
    found = asked(gateway, scene, body, extra_parameters="pass-through")
    assert found.body.startswith(b"{" + EXTRAS + b',"model":"mistral-large-latest","messages":')
    assert "extra-parameters" not in found.headers


def test_a_megabyte_of_prompt_reaches_the_upstream_unchanged(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    text = "Grüße 😀\\n" * 100_000
    body = f'{{"messages":[{{"role":"user","content":"SCENE{text}"}}],"model":"Mistral-large"}}'.encode()
    assert asked(gateway, scene, body).body == body.replace(b"SCENE", scene.word.encode()).replace(
        b'"Mistral-large"', b'"mistral-large-latest"'
    )


def test_only_our_own_headers_reach_the_upstream(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    body = b'{"model":"Mistral-large","messages":[{"role":"user","content":"SCENE"}]}'
    theirs = {
        "authorization": f"Bearer {KEY}",
        "cookie": "session=secret",
        "user_agent": "azsdk-python-ai-inference/1.0.0b9",
        "x_ms_client_request_id": "1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "x_forwarded_for": "10.0.0.1",
        "accept_encoding": "gzip, deflate",
        "extra_parameters": "drop",
        "openai_organization": "theirs",
    }
    headers = asked(gateway, scene, body, **theirs).headers
    assert headers.pop("user-agent").startswith("zaffre/")
    assert headers == {
        "host": f"127.0.0.1:{upstream.port}",
        "content-type": "application/json",
        "content-length": str(len(scene.asked[0].body)),
        "accept-encoding": "identity",
        "authorization": f"Bearer {UPSTREAM_KEY}",
    }


def test_without_a_credential_the_callers_is_not_lent(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    body = b'{"model":"narrow","messages":[{"role":"user","content":"SCENE"}]}'
    found = asked(gateway, scene, body, authorization=f"Bearer {KEY}")
    assert not {"authorization", "api-key", "cookie"} & found.headers.keys()
    assert KEY not in f"{found.headers} {found.body!r}"


def test_another_inference_api_gets_the_policy_and_both_headers(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI)
    body = b'{"model":"inference","messages":[{"role":"user","content":"SCENE"}],"x":1}'
    found = asked(gateway, scene, body, extra_parameters="pass-through")
    assert found.headers["extra-parameters"] == "pass-through"
    assert (found.headers["api-key"], found.headers["authorization"]) == (UPSTREAM_KEY, f"Bearer {UPSTREAM_KEY}")
    assert found.target == "/models/chat/completions?api-version=2024-05-01-preview"


@pytest.mark.parametrize("said", ["", '"stream_options":{"include_usage":false},', '"stream_options":null,'])
def test_streams_are_asked_for_usage_whatever_the_caller_said(gateway: Gateway, upstream: Upstream, said: str) -> None:
    scene = upstream.scene(stream(*words("a"), finish(), usage(), DONE))
    body = f'{{{said}"model":"Mistral-large","stream":true,"messages":[{{"role":"user","content":"SCENE"}}]}}'
    sent = asked(gateway, scene, body.encode()).json
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}


def test_other_stream_options_stay_the_callers(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(stream(*words("a"), finish(), usage(), DONE))
    options = b'{"include_obfuscation":false,"include_usage":false}'
    messages = b'[{"role":"user","content":"SCENE"}]'
    body = b'{"model":"Mistral-large","stream":true,"stream_options":%b,"messages":%b}' % (options, messages)
    sent = asked(gateway, scene, body).json
    assert sent["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_whole_answers_are_asked_for_without_the_words_for_streams_and_nulls(
    gateway: Gateway, upstream: Upstream
) -> None:
    scene = upstream.scene(HI)
    body = (
        b'{"stream":false,"stream_options":{"include_usage":true},"temperature":null,"model":"Mistral-large",'
        b'"messages":[{"role":"user","content":"SCENE"}]}'
    )
    assert asked(gateway, scene, body).json.keys() == {"model", "messages"}


@pytest.mark.parametrize("path", ["/deployments/Mistral-large", "/deployments/Mistral-large/v1"])
def test_single_model_addresses_send_the_same(gateway: Gateway, upstream: Upstream, path: str) -> None:
    scene = upstream.scene(HI)
    body = b'{"messages":[{"role":"user","content":"SCENE"}],"temperature":0.50}'
    sent = asked(gateway, scene, body, f"{path}/chat/completions")
    assert json.decode(sent.body)["model"] == "mistral-large-latest"
    assert b'"temperature":0.50' in sent.body


def test_arguments_of_earlier_calls_go_as_text_and_everything_else_as_it_came(
    gateway: Gateway, upstream: Upstream
) -> None:
    scene = upstream.scene(HI)
    call = b'{"id":"c1","type":"function","function":{"name":"f","arguments":%b},"call_id":null}'
    history = (
        b'{"role":"user","content":"SCENE"},{"role":"assistant","content":"","tool_calls":[%b]},'
        b'{"role":"tool","tool_call_id":"c1","content":"1.0"}'
    )
    body = b'{"model":"Mistral-large","messages":[' + history % (call % b'{"a": 1.50, "b": "\\u00e9"}') + b"]}"
    sent = asked(gateway, scene, body).json["messages"]
    assert sent[1]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1.50, "b": "\\u00e9"}'}
    assert sent[1]["tool_calls"][0]["call_id"] is None, "not a field of ours"
    assert sent[2] == {"role": "tool", "tool_call_id": "c1", "content": "1.0"}
