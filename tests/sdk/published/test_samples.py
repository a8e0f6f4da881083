"""The samples that `azure-ai-inference` is published with run, live, against this server."""

from pathlib import Path

import pytest

from tests.sdk.published.suite import environment_for, run_sample
from tests.sdk.server import Server

MILE = "There are 5,280 feet in a mile."
USAGE = "Token usage: {'prompt_tokens': "
VECTOR = "data[0]: length=1024, ["
SAYING = {
    "async_samples/sample_chat_completions_async.py": MILE,
    "async_samples/sample_chat_completions_from_input_bytes_async.py": MILE,
    "async_samples/sample_chat_completions_from_input_dict_async.py": "And what was the estimated cost",
    "async_samples/sample_chat_completions_streaming_async.py": USAGE,
    "async_samples/sample_embeddings_async.py": VECTOR,
    "async_samples/sample_image_embeddings_async.py": VECTOR,
    "async_samples/sample_load_client_async.py": VECTOR,
    "sample_chat_completions.py": MILE,
    "sample_chat_completions_from_input_bytes.py": MILE,
    "sample_chat_completions_from_input_dict.py": MILE,
    "sample_chat_completions_from_input_dict_with_image_url.py": "Balls being juggled.",
    "sample_chat_completions_from_input_prompt_string.py": "can I still have breakfast?",
    "sample_chat_completions_from_input_prompty.py": "can I still have breakfast?",
    "sample_chat_completions_streaming.py": USAGE,
    "sample_chat_completions_streaming_with_tools.py": USAGE,
    "sample_chat_completions_with_audio_data.py": "Please translate this audio snippet",
    "sample_chat_completions_with_defaults.py": MILE,
    "sample_chat_completions_with_history.py": "And what was the estimated cost",
    "sample_chat_completions_with_image_data.py": "Balls being juggled.",
    "sample_chat_completions_with_image_url.py": "Balls being juggled.",
    "sample_chat_completions_with_model_extras.py": MILE,
    "sample_chat_completions_with_structured_output.py": '"cooking_time": 1',
    "sample_chat_completions_with_structured_output_pydantic.py": '"notes": "notes"',
    "sample_chat_completions_with_tools.py": "Model response = The tool said: ",
    "sample_chat_completions_with_tracing.py": "Model response = The tool said: ",
    "sample_embeddings.py": VECTOR,
    "sample_embeddings_with_base64_encoding.py": "data[0] decoded (vector length=1024): [",
    "sample_embeddings_with_defaults.py": VECTOR,
    "sample_get_model_info.py": "Model type: chat-completions",
    "sample_image_embeddings.py": VECTOR,
    "sample_image_embeddings_with_defaults.py": VECTOR,
    "sample_load_client.py": MILE,
}
"""Every sample of this API, and something that it prints when all went well."""

ELSEWHERE = {
    "async_samples/sample_chat_completions_streaming_azure_openai_async.py": "addresses /openai/deployments",
    "sample_chat_completions_azure_openai.py": "addresses /openai/deployments",
    "sample_chat_completions_streaming_with_entra_id_auth.py": "signs in to Azure",
    "sample_chat_completions_with_azure_monitor_tracing.py": "sends its traces to Azure",
    "sample_chat_completions_with_entra_id_auth.py": "signs in to Azure",
    "sample_embeddings_azure_openai.py": "addresses /openai/deployments",
}
"""The samples of other services, left out."""

DEPLOYMENTS = {
    "AZURE_AI_CHAT": "able",
    "AZURE_AI_EMBEDDINGS": "able-embed",
    "AZURE_AI_IMAGE_EMBEDDINGS": "demo-image",
    # What only Azure OpenAI's models could do, such as keeping to a schema, its samples ask of them alone.
    "AZURE_OPENAI_CHAT": "able",
}


@pytest.mark.parametrize("sample", SAYING)
def test_every_published_sample_runs(sample: str, archive: Path, server: Server) -> None:
    environment = environment_for(server, DEPLOYMENTS)
    environment["AZURE_AI_CHAT_DEPLOYMENT_NAME"] = "able"
    done = run_sample(archive / "samples" / sample, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SAYING[sample] in done.stdout


def test_no_published_sample_is_left_out(archive: Path) -> None:
    samples = archive / "samples"
    assert {str(file.relative_to(samples)) for file in samples.rglob("sample_*.py")} == {*SAYING, *ELSEWHERE}
