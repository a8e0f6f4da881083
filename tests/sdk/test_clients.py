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
def newest_python() -> Path:
    """The Python of an environment with the clients that stand on the newest OpenAI SDK."""
    return pinned(HERE / "requirements-responses.txt")


@pytest.fixture(scope="session")
def older_python() -> Path:
    """The Python of an environment with the OpenAI SDK before its second version."""
    return pinned(HERE / "requirements-openai-1.txt")


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


def test_langchain_openai(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "langchain_openai_chat.py"], server) == {
        "answer": MILE,
        "usage": "14",
        "stream": MILE,
        "stream usage": "14",
        "tool": "The tool said: Sunny in Seattle",
        "structured": "city='city' miles=1",
        "v1": MILE,
        "responses": MILE,
        "embeddings": "2 1024",
    }


def test_langgraph(python: Path, server: Server) -> None:
    told = "The tool said: Sunny in Seattle"
    assert said([python, HERE / "clients" / "langgraph_agent.py"], server) == {"answer": told, "stream": told}


def test_llama_index_on_azure_openai(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "llama_index_azure_openai.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "agent": "The tool said: Sunny in Seattle",
        "embeddings": "2 1024",
    }


def test_semantic_kernel_on_azure_openai(python: Path, server: Server) -> None:
    assert said([python, HERE / "clients" / "semantic_kernel_azure_openai.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in city",
        "embeddings": "2 1024",
    }


def test_ag2(newest_python: Path, server: Server) -> None:
    told = "The tool said: Sunny in Seattle"
    assert said([newest_python, HERE / "clients" / "ag2_agent.py"], server) == {
        "answer": MILE,
        "tool": told,
        "responses": told,
    }


def test_pydantic_ai(newest_python: Path, server: Server) -> None:
    told = "The tool said: Sunny in Seattle"
    ways = ("azure", "v1")
    assert said([newest_python, HERE / "clients" / "pydantic_ai_agent.py"], server) == {
        **{f"{way} answer": f"{MILE} 7" for way in ways},
        **{f"{way} tool": told for way in ways},
        **{f"{way} typed": "miles=1" for way in ways},
        **{f"{way} stream": MILE for way in ways},
        "responses": told,
    }


def test_agent_framework(newest_python: Path, server: Server) -> None:
    told = "The tool said: Sunny in Seattle"
    assert said([newest_python, HERE / "clients" / "agent_framework_agent.py"], server) == {
        "responses": told,
        "stream": f"True {MILE}",
        "chat": told,
    }


def test_azure_ai_projects(newest_python: Path, server: Server) -> None:
    assert said([newest_python, HERE / "clients" / "azure_ai_projects_client.py"], server) == {
        "chat": MILE,
        "responses": MILE,
        "embeddings": "2",
        "deployments": "Mistral-large, demo, demo-embed, demo-image, able, able-embed, able-image",
        "deployment": "able scripted-able ModelDeployment Standard",
        "of a publisher": "1",
        "of a model": "able",
        "of a type": "7",
        "connection": "zaffre ConnectionType.AZURE_OPEN_AI True",
        "credentials": "ApiKey True",
        "default": "True ApiKey",
        "missing": "404 DeploymentNotFound",
    }


def test_azure_ai_projects_asynchronous(newest_python: Path, server: Server) -> None:
    assert said([newest_python, HERE / "clients" / "azure_ai_projects_async.py"], server) == {
        "stream": MILE,
        "responses": MILE,
        "embeddings": "2",
        "deployments": "7",
        "deployment": "scripted-able",
        "connections": "zaffre",
        "default": "ApiKey",
        "key": "401 401",
    }


def test_azure_ai_projects_of_the_first_line(older_python: Path, server: Server) -> None:
    assert said([older_python, HERE / "clients" / "azure_ai_projects_1.py"], server) == {
        "chat": MILE,
        "responses": MILE,
        "embeddings": "2",
        "connected": MILE,
        "deployments": "7",
        "deployment": "scripted-able",
        "of a publisher": "Mistral-large",
        "connections": "zaffre",
        "default": "zaffre ApiKey",
    }


def test_azure_ai_projects_with_clients_of_the_inference_api(server: Server) -> None:
    python = pinned(HERE / "requirements-projects-beta.txt")
    assert said([python, HERE / "clients" / "azure_ai_projects_beta.py"], server) == {
        "chat": MILE,
        "embeddings": "2",
        "images": "1",
        "openai": MILE,
        "connection": MILE,
        "deployments": "7 scripted-able",
        "default": "zaffre ApiKey",
        "async chat": MILE,
        "async deployments": "7",
    }


def test_the_openai_sdk_of_the_first_line(older_python: Path, server: Server) -> None:
    assert said([older_python, HERE / "clients" / "openai_1_azure.py"], server) == {
        "answer": MILE,
        "stream": MILE,
        "usage": "14",
        "embeddings": "1024",
        "responses": MILE,
        "missing": "DeploymentNotFound",
    }
