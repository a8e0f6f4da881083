"""A server with a classifier behind HTTP, and published clients of it."""

import re
from collections.abc import Iterator

import pytest
from azure.ai.contentsafety import BlocklistClient, ContentSafetyClient
from azure.core.credentials import AzureKeyCredential
from msgspec import Struct
from openai import OpenAI

from tests.cli.command import CONFIG, KEY, serving, written
from tests.sdk.content_safety.word_server import CLASSIFIERS, word_server


class Served(Struct):
    """Where the server is."""

    http: str
    https: str
    certificate: str
    authority: dict[str, str]
    """What the banner says of the token authority."""


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("safety")
    with word_server() as url:
        config = written(folder, CONFIG + CLASSIFIERS.replace("URL", url))
        secure = ("--dev-tls", "--tls-port", "0", "--dev-identity")
        with serving("--config", config, "--data", folder / "data", *secure) as server:
            server.out.until("client_secret")
            said = dict(re.findall(r"^ +(?:export )?(\w+)(?:=| +)(\S+)$", server.out.text, re.MULTILINE))
            https, certificate = server.secure()
            yield Served(server.url, https, str(certificate), said)


@pytest.fixture
def client(served: Served) -> Iterator[ContentSafetyClient]:
    with ContentSafetyClient(served.http, AzureKeyCredential(KEY), retry_total=0) as client:
        yield client


@pytest.fixture
def lists(served: Served) -> Iterator[BlocklistClient]:
    with BlocklistClient(served.http, AzureKeyCredential(KEY), retry_total=0) as client:
        yield client


@pytest.fixture
def openai(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.http}/openai/v1", api_key=KEY, max_retries=0) as client:
        yield client
