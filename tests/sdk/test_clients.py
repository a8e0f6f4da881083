"""Every client that the documentation names, each a small program in `clients/`.

The frameworks live in virtual environments of their own: their requirements quarrel with each other and with ours.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.sdk.programs import said
from tests.sdk.registry import pinned
from tests.sdk.server import Server

HERE = Path(__file__).parent
MILE = "There are 5,280 feet in a mile."


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of an environment with every client but LiteLLM."""
    return pinned(HERE / "requirements-clients.txt")


@pytest.fixture(scope="session")
def litellm_python() -> Path:
    """The Python of LiteLLM's environment."""
    return pinned(HERE / "requirements-litellm.txt")


def test_azure_ai_inference(server: Server) -> None:
    assert said([sys.executable, HERE / "clients" / "azure_ai_inference_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "embeddings": "2",
        "images": "1",
    }


def test_azure_ai_inference_with_a_token(server: Server) -> None:
    assert said([sys.executable, HERE / "clients" / "azure_ai_inference_token.py"], server) == {"answer": MILE}


def test_openai(server: Server) -> None:
    assert said([sys.executable, HERE / "clients" / "openai_chat.py"], server) == {"answer": MILE, "stream": MILE}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(server: Server) -> None:
    answer = json.loads(said(["bash", HERE / "clients" / "curl_chat.sh"], server)["answer"])
    assert answer["choices"][0]["message"]["content"] == MILE


def test_langchain(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "langchain_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in Seattle",
        "structured": "city='city' miles=1",
        "embeddings": "2 16",
    }


def test_llama_index(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "llama_index_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "metadata": "scripted-able True",
        "tool": "get_weather {'city': 'Seattle'} Sunny in Seattle",
        "embeddings": "2 16",
    }


def test_semantic_kernel(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "semantic_kernel_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in city",
        "embeddings": "2 16",
    }


def test_autogen(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "autogen_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in Seattle",
    }


def test_litellm(litellm_python: Path, server: Server) -> None:
    assert said([litellm_python, HERE / "clients" / "litellm_chat.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in Seattle",
        "embeddings": "2 16",
    }
