"""`docs/inference-api.md` is true: its tables say what the code does, and its program runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.caller import FIELDS, Caller
from tests.e2e.servers import KEY, PATIENCE, Server
from zaffre.api.inference.addresses import EXACT
from zaffre.core.chat import ChatParameters
from zaffre.core.embeddings import EmbeddingsParameters
from zaffre.core.errors import (
    Cut,
    DeclaredInFile,
    GatewayError,
    InputFiltered,
    InvalidResource,
    NoSuchObject,
    NoSuchResource,
    PreconditionFailed,
    RequestDisallowedByPolicy,
    ResourceConflict,
    UnknownParameters,
)

PAGE = (Path(__file__).parents[2] / "docs" / "inference-api.md").read_text()
OF_MANAGEMENT = {
    DeclaredInFile,
    InvalidResource,
    NoSuchResource,
    PreconditionFailed,
    RequestDisallowedByPolicy,
    ResourceConflict,
}
ELSEWHERE = {Cut, InputFiltered, NoSuchObject, UnknownParameters} | OF_MANAGEMENT
"""No answers of this API."""


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of every table below the heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("|") and "---" not in line:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def kinds(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def test_every_refusal_is_in_the_table_and_nothing_else() -> None:
    documented = {
        (int(status), code) for status, codes, *_ in rows("Refusals") if status.isdigit() for code in words(codes)
    }
    assert documented == {(kind.status, kind.code) for kind in kinds(GatewayError) if kind not in ELSEWHERE}


def test_every_route_is_in_the_table_with_its_method() -> None:
    documented = {
        (path, method) for paths, method, *_ in rows("Addresses") if method in ("GET", "POST") for path in words(paths)
    }
    served = {(path.removeprefix("/models"), method) for path, place in EXACT.items() for method in place.methods}
    assert documented == served | {("/health/live", "GET"), ("/health/ready", "GET")}


@pytest.mark.parametrize("table", [ChatParameters, EmbeddingsParameters])
def test_every_parameter_is_named(table: type) -> None:
    named = words(PAGE.split("\n## Parameters\n")[1].split("Every other top-level name")[0])
    assert set(table.__struct_fields__) <= named


@pytest.mark.parametrize(("policy", "extra", "unsupported"), [row for row in rows("Parameters") if "value" not in row])
def test_the_policies_do_what_the_table_says(server: Server, policy: str, extra: str, unsupported: str) -> None:
    caller = Caller(server)
    chat = b'{"model":"demo","messages":[{"role":"user","content":"Hi"}],'
    for word in words(policy):
        for cell, field in ((extra, b'"foo":1}'), (unsupported, b'"seed":1}')):
            answer = caller.post("/models/chat/completions", chat + field, {**FIELDS, "extra-parameters": word})
            assert answer.status == int((re.findall(r"^\d{3}", cell) or [200])[0])
    caller.close()


def test_the_program_runs_as_it_is_printed(server: Server) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    where = f"ENDPOINT, KEY = 'http://{server.host}:{server.port}/models', {KEY!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", where + program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "body.response_format cannot be {'type': 'json_object'}\n"
