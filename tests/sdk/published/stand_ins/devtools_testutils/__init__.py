"""Stands in for the test tools of the SDK's repository, which are published nowhere: only what its tests import.

The real ones record the service's answers and play them back. These leave every test live.
"""

import inspect
import os
import socket
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport

PORT = int(os.environ["ZAFFRE_TEST_PORT"])
"""Where the server listens whose address stands without a port in the environment."""


class EnvironmentVariableLoader:
    """Decorates a test: the environment variables of these names arrive as keyword arguments."""

    def __init__(self, directory: str, **examples: str) -> None:
        self._names = list(examples)

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(test):

            @wraps(test)
            async def loaded_async(*args: Any, **kwargs: Any) -> None:
                await test(*args, **self._values(), **kwargs)

            return loaded_async

        @wraps(test)
        def loaded(*args: Any, **kwargs: Any) -> None:
            test(*args, **self._values(), **kwargs)

        return loaded

    def _values(self) -> dict[str, str]:
        return {name: os.environ[name.upper()] for name in self._names}


class AzureRecordedTestCase:
    """The base class of the tests."""

    def get_credential(self, client: type, is_async: bool = False) -> "Token | AsyncToken":
        """A token credential for that client."""
        return AsyncToken() if is_async else Token()


class Token:
    """A token credential whose token is the key."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The key as a token of one hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


class AsyncToken:
    """The same for the asynchronous clients."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The key as a token of one hour."""
        return Token().get_token(*scopes)

    async def close(self) -> None:
        """Nothing is held."""


def recorded_by_proxy(test: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing is recorded."""
    return test


def remove_batch_sanitizers(names: list[str]) -> None:
    """Nothing is recorded, so nothing is sanitised."""


@pytest.fixture(scope="session")
def test_proxy() -> Iterator[None]:
    """Keep the tests on this machine, as the real proxy does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _only_here(socket.getaddrinfo))
        patch.setattr(RequestsTransport, "send", _with_port(RequestsTransport.send))
        patch.setattr(AioHttpTransport, "send", _with_port(AioHttpTransport.send))
        yield


def _only_here(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """Names of other machines are unknown at once, with or without a network."""

    def look_up_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(socket.EAI_NONAME, f"{host} is not this machine")
        return look_up(host, *args, **kwargs)

    return look_up_here


def _with_port(send: Callable[..., Any]) -> Callable[..., Any]:
    """The tracing tests know of no `server.port`: their address has the usual one, and the true one is put in here."""

    def send_there(self: Any, request: Any, **kwargs: Any) -> Any:
        url = urlsplit(request.url)
        if url.hostname == "localhost" and url.port is None:
            request.url = urlunsplit(url._replace(netloc=f"localhost:{PORT}"))
        return send(self, request, **kwargs)

    return send_there
