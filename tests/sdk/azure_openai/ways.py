"""How a client of the OpenAI SDK is pointed at the server."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, OpenAI

from tests.sdk.server import Server

VERSION: Final = "2024-10-21"
STRICT: Final[Mapping[str, Any]] = {"_strict_response_validation": True, "max_retries": 0}


class Way(NamedTuple):
    """One construction."""

    name: str
    options: Callable[[Server, str], dict[str, Any]]
    """From the server and the name of a deployment to what the client's class is called with."""
    azure: bool = True
    """Whether the class is AzureOpenAI."""

    def client(self, server: Server, deployment: str = "able", **options: Any) -> OpenAI:
        """The client of plain functions."""
        kind = AzureOpenAI if self.azure else OpenAI
        return kind(**{**self.options(server, deployment), **STRICT, **options})

    def asynchronous(self, server: Server, deployment: str = "able", **options: Any) -> AsyncOpenAI:
        """The client of coroutines."""
        said = self.options(server, deployment)
        if callable(said.get("api_key")):
            said["api_key"] = _awaited(said["api_key"])
        kind = AsyncAzureOpenAI if self.azure else AsyncOpenAI
        return kind(**{**said, **STRICT, **options})


def _awaited(key: Callable[[], str]) -> Callable[[], Awaitable[str]]:
    async def given() -> str:
        return key()

    return given


def _endpoint(server: Server, deployment: str) -> dict[str, Any]:
    return {"azure_endpoint": server.http, "api_key": server.key, "api_version": VERSION}


def _deployment(server: Server, deployment: str) -> dict[str, Any]:
    return {**_endpoint(server, deployment), "azure_deployment": deployment}


def _token(server: Server, deployment: str) -> dict[str, Any]:
    return {"azure_endpoint": server.http, "azure_ad_token_provider": lambda: server.key, "api_version": VERSION}


def _base_url(server: Server, deployment: str) -> dict[str, Any]:
    return {"base_url": f"{server.http}/openai/v1/", "api_key": server.key, "api_version": "preview"}


def _v1(server: Server, deployment: str) -> dict[str, Any]:
    return {"base_url": f"{server.http}/openai/v1", "api_key": server.key}


def _v1_token(server: Server, deployment: str) -> dict[str, Any]:
    return {"base_url": f"{server.http}/openai/v1", "api_key": lambda: server.key}


BY_ENDPOINT: Final = Way("azure_endpoint", _endpoint)
BY_DEPLOYMENT: Final = Way("azure_deployment", _deployment)
BY_V1: Final = Way("v1", _v1, azure=False)
WAYS: Final = (
    BY_ENDPOINT,
    BY_DEPLOYMENT,
    Way("azure_ad_token_provider", _token),
    Way("azure_base_url", _base_url),
    BY_V1,
    Way("v1_token", _v1_token, azure=False),
)
