"""azure-ai-projects of each line, each a small program in `clients/`, at the address of a Foundry project."""

from pathlib import Path

import pytest

from tests.sdk.programs import HERE, MILE, client
from tests.sdk.registry import pinned
from tests.sdk.server import Server


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of an environment with version 2."""
    return pinned(HERE / "requirements-openai-3.txt")


def test_azure_ai_projects(python: Path, server: Server) -> None:
    assert client(python, "azure_ai_projects_client", server) == {
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


def test_azure_ai_projects_asynchronous(python: Path, server: Server) -> None:
    assert client(python, "azure_ai_projects_async", server) == {
        "stream": MILE,
        "responses": MILE,
        "embeddings": "2",
        "deployments": "7",
        "deployment": "scripted-able",
        "connections": "zaffre",
        "default": "ApiKey",
        "key": "401 401",
    }


def test_azure_ai_projects_of_the_first_line(server: Server) -> None:
    python = pinned(HERE / "requirements-openai-1.txt")
    assert client(python, "azure_ai_projects_1", server) == {
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
    assert client(python, "azure_ai_projects_beta", server) == {
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
