"""The clients that stand on version 3 of the OpenAI SDK, each a small program in `clients/`, in an environment of their
own."""

from pathlib import Path

import pytest

from tests.sdk.programs import HERE, MILE, TOLD, client
from tests.sdk.registry import pinned
from tests.sdk.server import Server

WAYS = ("chat", "responses")


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of their environment."""
    return pinned(HERE / "requirements-openai-3.txt")


def test_ag2(python: Path, server: Server) -> None:
    assert client(python, "ag2_agent", server) == {
        **{f"{way} answer": MILE for way in WAYS},
        **{f"{way} tool": TOLD for way in WAYS},
        **{f"{way} usage": "26" for way in WAYS},
        **{f"{way} stream": MILE for way in WAYS},
    }


def test_agent_framework(python: Path, server: Server) -> None:
    assert client(python, "agent_framework_agent", server) == {
        **{f"{way} tool": TOLD for way in WAYS},
        **{f"{way} usage": "26" for way in WAYS},
        **{f"{way} stream": f"True {MILE}" for way in WAYS},
    }


def test_pydantic_ai(python: Path, server: Server) -> None:
    ways = ("azure", "v1")
    assert client(python, "pydantic_ai_agent", server) == {
        **{f"{way} answer": f"{MILE} 7" for way in ways},
        **{f"{way} tool": TOLD for way in ways},
        **{f"{way} typed": "miles=1" for way in ways},
        **{f"{way} stream": MILE for way in ways},
        "responses": TOLD,
    }


def test_litellm(python: Path, server: Server) -> None:
    assert client(python, "litellm_chat", server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": TOLD,
        "embeddings": "2 16",
    }


def test_litellm_on_azure_openai(python: Path, server: Server) -> None:
    printed = client(python, "litellm_azure_openai", server)
    assert (
        printed.items()
        >= {
            "answer": MILE,
            "usage": "14",
            "stream": MILE,
            "stream usage": "14",
            "tool": TOLD,
            "filter": "400",
            "embeddings": "2 16",
        }.items()
    )


def test_haystack(python: Path, server: Server) -> None:
    assert client(python, "haystack_agent", server) == {
        "answer": MILE,
        "usage": "14",
        "stream": MILE,
        "tool": TOLD,
        "embeddings": "16",
    }
