"""The tests that `azure-ai-inference` is published with pass, live, against this server."""

import re
from pathlib import Path

import pytest

from tests.sdk.published.suite import environment_for, run_tests
from tests.sdk.server import Server

PASSING = {
    "test_chat_completions_client.py": 15,
    "test_chat_completions_client_async.py": 12,
    "test_client_tracing.py": 13,
    "test_client_tracing_async.py": 1,
    "test_embeddings_client.py": 7,
    "test_embeddings_client_async.py": 8,
    "test_image_embeddings_client.py": 7,
    "test_image_embeddings_client_async.py": 7,
    "test_model_inference_async_client_tracing.py": 1,
    "test_prompts.py": 4,
    "test_prompts_utils.py": 2,
    "test_unit_tests.py": 12,
}
"""Every file of tests in the archive, and how many of its tests run."""

AZURE_OPENAI = {
    "test_chat_completions_client.py": (
        "TestChatCompletionsClient::test_chat_completions_with_input_image_file",
        "TestChatCompletionsClient::test_chat_completions_with_input_image_url",
        "TestChatCompletionsClient::test_aoai_chat_completions_with_entra_id_auth",
        "TestChatCompletionsClient::test_aoai_chat_completions_with_structured_output",
        "TestChatCompletionsClient::test_chat_completions_with_audio_input",
        "TestChatCompletionsClient::test_load_client_on_aoai_endpoint",
        "TestChatCompletionsClient::test_get_model_info_on_aoai_endpoint",
    ),
    "test_chat_completions_client_async.py": (
        "TestChatCompletionsClientAsync::test_async_chat_completions_with_input_image_file",
        "TestChatCompletionsClientAsync::test_async_chat_completions_with_input_image_url",
        "TestChatCompletionsClientAsync::test_async_aoai_chat_completions_with_entra_id_auth",
        "TestChatCompletionsClientAsync::test_async_aoai_chat_completions_with_structured_output",
        "TestChatCompletionsClientAsync::test_chat_completions_with_audio_input",
    ),
}
"""The only tests left out: they address another API, `/openai/deployments/NAME`, which is not the Inference API."""


DEPLOYMENTS = {
    "AZURE_AI_CHAT": "Mistral-large",
    "AZURE_AI_EMBEDDINGS": "demo-embed",
    "AZURE_AI_IMAGE_EMBEDDINGS": "demo-image",
}


@pytest.mark.parametrize("file", PASSING)
def test_every_published_test_passes(file: str, archive: Path, server: Server) -> None:
    environment = environment_for(server, DEPLOYMENTS, with_port="tracing" not in file)
    environment["AZURE_AI_CHAT_MODEL"] = "mistral-large-2411"
    done = run_tests(archive, file, AZURE_OPENAI.get(file, ()), environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) passed", done.stdout, re.MULTILINE)[1] == str(PASSING[file]), done.stdout


def test_no_published_file_of_tests_is_left_out(archive: Path) -> None:
    assert {file.name for file in (archive / "tests").glob("test_*.py")} == set(PASSING)
