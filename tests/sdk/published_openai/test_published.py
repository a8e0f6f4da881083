"""The tests that `openai` is published with pass, live, against this server: those of all routes that it has, each in
the SDK's loose and strict modes, and over both of its asynchronous HTTP clients."""

import re
from pathlib import Path

import pytest

from tests.sdk.published_openai.suite import run_tests
from tests.sdk.server import Server

PASSING = {
    "chat/test_completions.py": 55,
    "responses/test_input_items.py": 20,
    "test_completions.py": 40,
    "test_embeddings.py": 11,
    "test_models.py": 40,
    "test_responses.py": 100,
}
"""Every file of tests for a route of this server, and how many of its tests run."""

STRICT = ("strict", "aiohttp")
"""The strict modes, as the tests name them."""


def ways(call: str) -> list[str]:
    """The tests of one call: plainly, with the raw response, and with the response as a stream."""
    return [f"test_{way}_{call}" for way in ("method", "raw_response", "streaming_response")]


LEFT_OUT = {
    # Kept chat completions are no route of this server.
    "chat/test_completions.py": [*ways("retrieve"), *ways("update"), *ways("list"), *ways("delete")],
    # It asks for no item at all (`limit=0`; the API's least is 1) after one that there is not.
    "responses/test_input_items.py": ["test_method_list_with_all_params"],
    # Without a choice of format the SDK itself asks for base64, and its strict mode wants numbers. Loosely they run.
    "test_embeddings.py": [f"{test}[{mode}]" for test in ways("create") for mode in STRICT],
    # Models are not deleted through this API.
    "test_models.py": ways("delete"),
    "test_responses.py": [
        # They name neither a model nor an input.
        *ways("create_overload_1"),
        *ways("create_overload_2"),
        # Compaction is no route of this server.
        *ways("compact"),
    ],
}
"""The tests left out, by their name or its beginning, and why."""


def of_both_clients(test: str, file: str) -> list[str]:
    """A test's full names: of the synchronous client and of the asynchronous one."""
    words = file.rpartition("/")[2].removeprefix("test_").removesuffix(".py").split("_")
    resource = "".join(word.capitalize() for word in words)
    return [f"Test{resource}::{test}", f"TestAsync{resource}::{test}"]


@pytest.mark.parametrize("file", PASSING)
def test_every_published_test_passes(file: str, archive: Path, server: Server) -> None:
    left_out = [name for test in LEFT_OUT.get(file, ()) for name in of_both_clients(test, file)]
    done = run_tests(archive, file, left_out, server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) passed", done.stdout, re.MULTILINE)[1] == str(PASSING[file]), done.stdout
