"""Where deployments are found: paths, hosts, headers, letter case, methods, keys."""

import pytest

from tests.api.canned import KEY, Caller, Canned, chat, deployment, header_of, json_of, text_of
from zaffre.core.deployment import Deployment
from zaffre.core.modality import Modality


@pytest.fixture
def backends() -> dict[str, Canned]:
    return {name: Canned() for name in ("Demo", "other", "embed", "image")}


@pytest.fixture
def caller(backends: dict[str, Canned]) -> Caller:
    kinds = {"embed": Modality.TEXT_EMBEDDINGS, "image": Modality.IMAGE_EMBEDDINGS}
    served: list[Deployment] = [
        deployment(name, backend, kinds.get(name, Modality.CHAT)) for name, backend in backends.items()
    ]
    return Caller(*served, hosts={"chat.example.org": "demo"})


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/models/chat/completions", "localhost"),
        ("/Models/Chat/Completions", "localhost"),
        ("/models/chat/completions/", "localhost"),
        ("/deployments/Demo/chat/completions", "localhost"),
        ("/deployments/dEMO/v1/chat/completions", "localhost"),
        ("/deployments/%44emo/chat/completions", "localhost"),
        ("/chat/completions", "demo.localhost:8080"),
        ("/v1/chat/completions", "DEMO.localhost"),
        ("/chat/completions", "chat.example.org:443"),
        ("/chat/completions", "demo.localhost.:8080"),
    ],
)
async def test_a_deployment_answers_at_all_of_its_addresses(
    caller: Caller, backends: dict[str, Canned], path: str, host: str
) -> None:
    response = await caller.post(path + "?api-version=2099-01-01", chat("demo"), host=host)
    assert response.status == 200
    assert json_of(response)["model"] == "Demo-model"
    assert len(backends["Demo"].asked) == 1


async def test_at_a_single_model_address_the_bodys_model_is_ignored(
    caller: Caller, backends: dict[str, Canned]
) -> None:
    assert (await caller.post("/deployments/demo/chat/completions", chat("nonsense"))).status == 200
    assert (await caller.post("/deployments/demo/chat/completions", chat(None))).status == 200
    assert len(backends["Demo"].asked) == 2


async def test_at_a_single_model_address_the_header_names_another_deployment(
    caller: Caller, backends: dict[str, Canned]
) -> None:
    path = "/deployments/demo/chat/completions"
    assert (await caller.post(path, chat(), azureml_model_deployment="OTHER")).status == 200
    assert len(backends["other"].asked) == 1
    assert (await caller.post(path, chat(), azureml_model_deployment="absent")).status == 404


@pytest.mark.parametrize("header", ["azureml_model_deployment", "x_ms_model_mesh_model_name"])
async def test_under_models_a_header_names_the_deployment_where_the_body_does_not(
    caller: Caller, backends: dict[str, Canned], header: str
) -> None:
    assert (await caller.post("/models/chat/completions", chat(None), **{header: "other"})).status == 200
    assert (await caller.post("/models/chat/completions", chat("demo"), **{header: "other"})).status == 200
    assert (len(backends["other"].asked), len(backends["Demo"].asked)) == (1, 1)


async def test_no_name_is_400_and_an_unknown_name_404(caller: Caller) -> None:
    response = await caller.post("/models/chat/completions", chat(None))
    assert response.status == 400
    assert json_of(response)["error"]["code"] == "no_model_name"
    response = await caller.post("/models/chat/completions", chat("nope"))
    assert response.status == 404
    assert json_of(response)["error"] == {
        "code": "unknown_model",
        "message": "Unknown model: nope",
        "status": 404,
        "target": "model",
    }


async def test_below_v1_unknown_keys_go_to_the_model(caller: Caller, backends: dict[str, Canned]) -> None:
    path = "/deployments/demo/v1/chat/completions"
    response = await caller.post(path, chat(top_k=3), extra_parameters="nonsense")
    assert response.status == 200
    assert backends["Demo"].asked[-1].extras.keys() == {"top_k"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/models/embeddings", {"model": "demo", "input": ["a"]}),
        ("/models/images/embeddings", {"model": "embed", "input": [{"image": "data:image/png;base64,AA=="}]}),
        ("/models/chat/completions", chat("embed")),
        ("/models/completions", {"model": "embed", "prompt": "a"}),
    ],
)
async def test_a_route_the_model_does_not_serve_is_not_found(
    caller: Caller, path: str, body: dict[str, object]
) -> None:
    response = await caller.post(path, body)
    assert response.status == 404
    assert "not found" in json_of(response)["error"]["message"].lower()


@pytest.mark.parametrize(
    "path", ["/", "/models", "/models/chat", "/deployments/demo", "/chat/completions", "/x/../models"]
)
async def test_any_other_path_is_not_found(caller: Caller, path: str) -> None:
    response = await caller.post(path, chat())
    assert response.status == 404
    assert json_of(response)["error"]["message"].startswith("Resource not found")


async def test_a_wrong_method_is_not_allowed(caller: Caller) -> None:
    response = await caller.get("/models/chat/completions")
    assert response.status == 405
    assert header_of(response, b"allow") == b"POST"
    assert "not allowed" in json_of(response)["error"]["message"].lower()
    assert (await caller.post("/models/info", {})).status == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"api_key": KEY},
        {"api_key": "", "authorization": f"Bearer {KEY}"},
        {"api_key": "", "authorization": f"bearer {KEY}"},
        {"api_key": KEY, "authorization": "Bearer "},
        {"api_key": KEY, "authorization": "Bearer wrong"},
        {"api_key": "wrong", "authorization": f"Bearer {KEY}"},
    ],
)
async def test_one_valid_credential_is_enough(caller: Caller, headers: dict[str, str]) -> None:
    assert (await caller.post("/models/chat/completions", chat("demo"), **headers)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"api_key": ""},
        {"api_key": "wrong"},
        {"api_key": "", "authorization": "Bearer"},
        {"api_key": "", "authorization": f"Basic {KEY}"},
        {"api_key": KEY.upper()},
    ],
)
async def test_without_a_valid_credential_the_answer_is_401(caller: Caller, headers: dict[str, str]) -> None:
    for response in (
        await caller.post("/models/chat/completions", chat("demo"), **headers),
        await caller.get("/models/info", **headers),
    ):
        assert response.status == 401
        assert header_of(response, b"x-ms-error-code") == b"Unauthorized"
        assert header_of(response, b"www-authenticate") is None
        assert header_of(response, b"retry-after") is None
        assert json_of(response) == {
            "error": {
                "code": "Unauthorized",
                "message": "Auth token validation failed. Access token is missing, invalid, or has expired.",
                "status": 401,
            }
        }


async def test_info_tells_of_a_deployment_and_by_default_of_the_first_chat_deployment(caller: Caller) -> None:
    demo = {"model_name": "Demo-model", "model_type": "chat-completions", "model_provider_name": "zaffre"}
    assert json_of(await caller.get("/deployments/demo/info")) == demo
    assert json_of(await caller.get("/models/info")) == demo
    assert json_of(await caller.get("/models/info?api-version=x&model=EMBED"))["model_type"] == "embeddings"
    assert (
        json_of(await caller.get("/models/info", azureml_model_deployment="image"))["model_type"] == "image_embeddings"
    )
    assert (await caller.get("/models/info?model=nope")).status == 404


async def test_info_names_a_deployment_as_the_other_routes_do(caller: Caller) -> None:
    """Under `/models` what the request says itself comes first, at a single-model address the header."""
    both = "/models/info?model=embed"
    assert json_of(await caller.get(both, azureml_model_deployment="image"))["model_type"] == "embeddings"
    one = "/deployments/embed/info?model=demo"
    assert json_of(await caller.get(one))["model_type"] == "embeddings"
    assert json_of(await caller.get(one, azureml_model_deployment="image"))["model_type"] == "image_embeddings"
    assert (await caller.get(one, azureml_model_deployment="nope")).status == 404


async def test_info_without_a_chat_deployment_or_a_name_is_not_found() -> None:
    caller = Caller(deployment("embed", Canned(), Modality.TEXT_EMBEDDINGS))
    assert (await caller.get("/models/info")).status == 404
    assert (await caller.get("/models/info?model=embed")).status == 200


async def test_the_callers_request_id_is_echoed_and_ours_is_there(caller: Caller) -> None:
    response = await caller.post("/models/chat/completions", chat("demo"), x_ms_client_request_id="abc-1")
    assert header_of(response, b"x-ms-client-request-id") == b"abc-1"
    assert header_of(response, b"x-ms-request-id") == header_of(response, b"apim-request-id") != b"abc-1"


async def test_chat_models_complete_text_too(caller: Caller) -> None:
    response = await caller.post("/models/completions", {"model": "demo", "prompt": "Yes"})
    answer = json_of(response)
    assert answer["object"] == "text_completion"
    assert answer["choices"] == [{"index": 0, "text": ", indeed.", "finish_reason": "stop", "logprobs": None}]
    response = await caller.post("/models/completions", {"model": "demo", "prompt": None, "stream": True})
    text = await text_of(response)
    assert text.count('"object":"text_completion"') == 3
    assert text.endswith(
        '"choices":[{"index":0,"text":"","finish_reason":"stop","logprobs":null}],'
        '"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\ndata: [DONE]\n\n'
    )


async def test_embeddings_have_the_published_shape(caller: Caller) -> None:
    answer = json_of(await caller.post("/models/embeddings", {"model": "embed", "input": ["a"]}))
    assert len(answer.pop("id")) == 32
    assert answer == {
        "object": "list",
        "model": "embed-model",
        "data": [{"index": 0, "object": "embedding", "embedding": [0.5, -0.5]}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 0, "total_tokens": 2},
    }
    body = {"model": "image", "input": [{"image": "data:image/png;base64,AA=="}]}
    assert json_of(await caller.post("/models/images/embeddings", body))["data"][0]["embedding"] == [0.25, 0.75]


async def test_a_server_without_keys_asks_for_none() -> None:
    caller = Caller(deployment("demo", Canned()), keys=())
    assert (await caller.post("/models/chat/completions", chat(), api_key="")).status == 200
