"""The tests that `openai` is published with pass, live, against this server, with loose and with strict types."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.sdk.published_openai.suite import run_tests
from tests.sdk.server import Server

PASSING = {
    "audio/test_transcriptions.py": 40,
    "audio/test_translations.py": 20,
    "chat/test_completions.py": 55,
    "responses/test_input_items.py": 20,
    "responses/test_input_tokens.py": 20,
    "test_completions.py": 40,
    "test_embeddings.py": 11,
    "test_images.py": 100,
    "test_models.py": 40,
    "test_responses.py": 130,
}
"""Every file of tests for routes that this server has, and how many of its tests run."""

CHATS = "no chat completions are kept, whatever `store` says"
STRICT = "the SDK asks for base64 by itself, and its strict types refuse what it asked for, before it is decoded"
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "chat/test_completions.py": {
        "Completions/retrieve": CHATS,
        "Completions/update": CHATS,
        "Completions/list": CHATS,
        "Completions/list_with_all_params": CHATS,
        "Completions/delete": CHATS,
    },
    "responses/test_input_items.py": {"InputItems/list_with_all_params": "a page of no items (`limit=0`) is refused"},
    "test_embeddings.py": {"Embeddings/create[strict]": STRICT, "Embeddings/create[aiohttp]": STRICT},
    "test_models.py": {"Models/delete": "a deployment is its operator's to remove, in the configuration"},
    "test_responses.py": {
        "Responses/compact": "no route `/responses/compact`",
        "Responses/compact_with_all_params": "no route `/responses/compact`",
    },
}
"""The tests left out, by resource and method, and why; those of its empty path parameters, which ask nobody, run."""

ELSEWHERE = {
    "audio/test_speech.py": "mocks the service itself",
    "audio/test_voice_consents.py": "no voices are kept",
    "audio/test_voices.py": "no voices are kept",
    "chat/completions/test_messages.py": CHATS,
}
"""The other files beside those, and why none of their tests runs."""


def beginnings(file: str) -> Iterator[str]:
    """How the ids of the tests begin that are left out of a file."""
    for named in LEFT_OUT.get(file, ()):
        resource, _, method = named.partition("/")
        method = method if "[" in method else f"{method}["
        for kind in (f"Test{resource}", f"TestAsync{resource}"):
            yield from (f"{kind}::test_{form}_{method}" for form in ("method", "raw_response", "streaming_response"))


@pytest.mark.parametrize("file", PASSING)
def test_every_published_test_passes(file: str, archive: Path, python: Path, server: Server) -> None:
    done = run_tests(python, archive, f"tests/api_resources/{file}", list(beginnings(file)), server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) passed", done.stdout, re.MULTILINE)[1] == str(PASSING[file]), done.stdout


def test_no_published_file_of_tests_for_these_routes_is_left_out(archive: Path) -> None:
    resources = archive / "tests" / "api_resources"
    beside = [file for name in ("audio", "chat", "responses") for file in (resources / name).rglob("test_*.py")]
    of_these = {file for file in PASSING if file.count("/") == 0}
    assert {str(file.relative_to(resources)) for file in beside} | of_these == {*PASSING, *ELSEWHERE}
