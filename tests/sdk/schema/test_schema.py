"""Made-up requests of every kind that Azure's v1 document describes: no failure of ours, all answers conform to it."""

import json
import re
import subprocess
from pathlib import Path

from openai import OpenAI

from tests.sdk.registry import pinned
from tests.sdk.schema.document import document
from tests.sdk.server import Server

HERE = Path(__file__).parent
CHECKS = ("not_a_server_error", "response_schema_conformance", "content_type_conformance", "status_code_conformance")
EXAMPLES = 60
"""For each operation, besides those that go through the values of its fields one by one."""
LEAST = 5_000
"""Requests that are made in all, or something was not tested."""


def test_every_answer_conforms_to_the_document(server: Server, tmp_path: Path) -> None:
    with OpenAI(base_url=f"{server.http}/openai/v1", api_key=server.key) as client:
        kept = client.responses.create(model="able", input="Hi").id
    page = tmp_path / "v1.json"
    page.write_text(json.dumps(document(kept)))
    done = _run(page, server, tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases, done.stdout
    assert int(cases[1]) == int(cases[2]) > LEAST


def _run(page: Path, server: Server, folder: Path) -> subprocess.CompletedProcess[str]:
    program = pinned(HERE / "requirements-schemathesis.txt").with_name("schemathesis")
    command = [str(program), "run", str(page), "--url", f"{server.http}/openai/v1", "-H", f"api-key: {server.key}"]
    command += ["--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--mode", "all"]
    # The same requests in every run.
    command += ["--max-examples", str(EXAMPLES), "--seed", "1", "--generation-deterministic"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
