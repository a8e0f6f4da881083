"""The clients that stand on version 2 of the OpenAI SDK, or on azure-ai-inference, each a small program in `clients/`.

They live in a virtual environment of their own: their requirements quarrel with others and with ours.
"""

from pathlib import Path

import pytest

from tests.sdk.programs import HERE, MILE, TOLD, client
from tests.sdk.registry import pinned
from tests.sdk.server import Server


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of their environment."""
    return pinned(HERE / "requirements-openai-2.txt")


def test_langchain(python: Path, server: Server) -> None:
    assert client(python, "langchain_chat", server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": TOLD,
        "structured": "city='city' miles=1",
        "embeddings": "2 16",
    }


def test_langchain_on_azure_openai(python: Path, server: Server) -> None:
    assert client(python, "langchain_openai_chat", server) == {
        "answer": MILE,
        "usage": "14",
        "stream": MILE,
        "stream usage": "14",
        "tool": TOLD,
        "structured": "city='city' miles=1",
        "v1": MILE,
        "responses": MILE,
        "embeddings": "2 1024",
    }


def test_langchains_azure_package_on_v1_and_on_a_project(python: Path, server: Server) -> None:
    ways = ("endpoint", "project")
    assert client(python, "langchain_azure_ai_openai", server) == {
        **{f"{way} answer": f"{MILE} 14" for way in ways},
        **{f"{way} stream": MILE for way in ways},
        **{f"{way} tool": TOLD for way in ways},
        "embeddings": "2 16",
    }


def test_langgraph(python: Path, server: Server) -> None:
    assert client(python, "langgraph_agent", server) == {"answer": TOLD, "usage": "15", "stream": TOLD}


def test_llama_index(python: Path, server: Server) -> None:
    assert client(python, "llama_index_chat", server) == {
        "answer": MILE,
        "stream": MILE,
        "metadata": "scripted-able True",
        "tool": "get_weather {'city': 'Seattle'} Sunny in Seattle",
        "embeddings": "2 16",
    }


def test_llama_index_on_azure_openai(python: Path, server: Server) -> None:
    assert client(python, "llama_index_azure_openai", server) == {
        "answer": MILE,
        "usage": "14",
        "stream": MILE,
        "agent": TOLD,
        "embeddings": "2 1024",
    }


def test_semantic_kernel(python: Path, server: Server) -> None:
    assert client(python, "semantic_kernel_chat", server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in city",
        "embeddings": "2 16",
    }


def test_semantic_kernel_on_azure_openai(python: Path, server: Server) -> None:
    assert client(python, "semantic_kernel_azure_openai", server) == {
        "answer": MILE,
        "usage": "7",
        "stream": MILE,
        "tool": "The tool said: Sunny in city",
        "embeddings": "2 1024",
    }


def test_autogen(python: Path, server: Server) -> None:
    assert client(python, "autogen_chat", server) == {"answer": MILE, "stream": MILE, "tool": TOLD}


def test_autogen_on_azure_openai(python: Path, server: Server) -> None:
    assert client(python, "autogen_azure_openai", server) == {
        "answer": MILE,
        "usage": "7",
        "stream": MILE,
        "stream usage": "7",
        "tool": TOLD,
    }


def test_ag2_before_its_first_version(python: Path, server: Server) -> None:
    printed = client(python, "ag2_classic_agents", server)
    ways = ("whole", "streamed")
    assert [printed[f"{way} answer"] for way in ways] == [MILE] * 2
    assert [printed[f"{way} tool"] for way in ways] == [TOLD] * 2
    assert len({int(printed[f"{way} usage"]) for way in ways}) == 1


def test_instructor(python: Path, server: Server) -> None:
    found = "city='city' miles=1"
    assert client(python, "instructor_extract", server) == {
        "answer": found,
        "usage": "5",
        "stream": found,
        "schema": found,
    }
