"""The clients that share our own environment, each a small program in `clients/`, and curl."""

import json
import shutil
import sys

import pytest

from tests.sdk.programs import HERE, MILE, TOLD, client, said
from tests.sdk.server import Server


def test_azure_ai_inference(server: Server) -> None:
    assert client(sys.executable, "azure_ai_inference_chat", server) == {
        "answer": MILE,
        "stream": MILE,
        "embeddings": "2",
        "images": "1",
    }


def test_azure_ai_inference_with_a_token(server: Server) -> None:
    assert client(sys.executable, "azure_ai_inference_token", server) == {"answer": MILE}


def test_openai(server: Server) -> None:
    assert client(sys.executable, "openai_chat", server) == {
        "answer": MILE,
        "usage": "14",
        "stream": MILE,
        "stream usage": "14",
        "tool": TOLD,
        "structured": "city='city' miles=1",
        "embeddings": "2 16",
        "responses": MILE,
    }


def test_azure_openai(server: Server) -> None:
    ways = ("endpoint", "deployment", "base_url", "token", "single address")
    assert client(sys.executable, "azure_openai_chat", server) == dict.fromkeys(ways, MILE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(server: Server) -> None:
    answer = json.loads(said(["bash", HERE / "clients" / "curl_chat.sh"], server)["answer"])
    assert answer["choices"][0]["message"]["content"] == MILE
