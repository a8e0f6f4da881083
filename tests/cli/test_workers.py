"""`zaffre serve --workers N`: several processes answer as one does."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from openai import OpenAI

from tests.cli.command import (
    CONFIG,
    KEY,
    PATIENCE,
    PYTHON,
    Server,
    asking,
    environment,
    serving,
    written,
    zaffre,
)
from tests.cli.test_stop import refuses_connections

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")

WORKERS = 2
PROCESSES = WORKERS + 1
"""One runs the local models."""

LIMITED = f"{CONFIG}  tight: {{model: scripted-chat, connection: script, rpm: 60}}\n"
LOCAL = f"""{LIMITED}\
  tiny: {{model: smollm2-135m-instruct, connection: local, rpm: 60}}
  own: {{model: all-minilm-l6-v2, connection: local}}
  reserved: {{model: scripted-chat, connection: script, sku: ProvisionedManaged, tpm: 1, spillover: tiny}}
""".replace("connections:\n", "connections:\n  local: {provider: local}\n")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    config = written(tmp_path, LIMITED)
    with serving("--config", config, "--data", tmp_path / "data", "--workers", str(WORKERS)) as server:
        yield server


def children(server: Server) -> dict[str, int]:
    """The server's processes by their numbers: `"0"` runs the local models."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            arguments = status.with_name("cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == server.process.pid and b"zaffre.cli.worker" in arguments:
            found[str(json.loads(arguments[-2])["number"])] = int(status.parent.name)
    return found


def until_there_are_others(server: Server, *gone: int) -> None:
    for _ in range(int(PATIENCE * 20)):
        now = children(server)
        if len(now) == PROCESSES and not set(gone) & set(now.values()):
            return
        threading.Event().wait(0.05)
    raise AssertionError("no other process has taken its place")


def until(holds: object) -> None:
    """Wait for something that no event tells of."""
    assert callable(holds)
    for _ in range(int(PATIENCE * 20)):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came to be")


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def statuses(server: Server, calls: int, model: str) -> list[int]:
    """Of so many calls, each on a connection of its own and some at once."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: server.chat("Hi", model)[0], range(calls)))


def figure(server: Server, line: str) -> float:
    connection = server.connect()
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    return sum(float(each.split()[-1]) for each in text.splitlines() if each.startswith(line))


def test_all_processes_answer_and_the_start_is_told_of_once(server: Server) -> None:
    assert set(children(server)) == {"0", "1", "2"}
    assert statuses(server, 40, "demo") == [200] * 40
    assert server.out.text.count("endpoint") == 1
    assert server.err.text == ""


def test_the_published_sdk_streams_from_them(server: Server) -> None:
    with OpenAI(base_url=f"{server.url}/openai/v1", api_key=server.key) as client:
        messages = [{"role": "user", "content": "Hello!"}]
        with client.chat.completions.create(model="demo", messages=messages, stream=True) as stream:  # type: ignore[call-overload]
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "You said: Hello!"


def test_they_keep_a_rate_limit_together(server: Server) -> None:
    first = int(time.monotonic() // 10)
    found = statuses(server, 60, "tight")
    last = int(time.monotonic() // 10)
    # Ten in each window of ten seconds.
    assert 10 <= found.count(200) <= 10 * (last - first + 1)
    assert set(found) == {200, 429}


def test_a_restarted_worker_keeps_the_limit_and_the_figures(server: Server) -> None:
    line = 'zaffre_requests_total{deployment="tight"'
    let_in = statuses(server, 20, "tight").count(200)
    until(lambda: figure(server, line) >= let_in)
    before = time.monotonic()
    workers = [process for number, process in children(server).items() if number != "0"]
    for process in workers:
        os.kill(process, signal.SIGKILL)
    until_there_are_others(server, *workers)
    server.err.until(r"worker 1 ended with status -9; another one is started")
    until(lambda: server.chat("Hi")[0] == 200)
    assert figure(server, line) >= let_in
    again = statuses(server, 20, "tight").count(200)
    windows = int(time.monotonic() // 10) - int(before // 10) + 1
    assert let_in + again <= 10 * (windows + 1)


def test_a_changed_file_is_seen_by_all_of_them(server: Server, tmp_path: Path) -> None:
    written(tmp_path, f"{LIMITED}  newer: {{model: newer-model, connection: script}}\n")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.err.text.count("zaffre.yaml: reloaded") >= PROCESSES)
    assert statuses(server, 30, "newer") == [200] * 30


def test_a_worker_that_ends_while_the_file_is_broken_is_back_once_it_is_mended(server: Server, tmp_path: Path) -> None:
    written(tmp_path, f"{LIMITED}kees: []\n")
    until(lambda: server.err.text.count("zaffre.yaml: not reloaded") >= PROCESSES)
    gone = children(server)["1"]
    os.kill(gone, signal.SIGKILL)
    server.err.until(r"worker 1 ended with status 2; another one is started")
    assert statuses(server, 10, "demo") == [200] * 10
    written(tmp_path, LIMITED)
    until(lambda: server.err.text.count("zaffre.yaml: reloaded") >= WORKERS)
    until_there_are_others(server, gone)
    assert statuses(server, 10, "demo") == [200] * 10


def test_a_stored_deployment_is_seen_by_all_of_them(server: Server, tmp_path: Path) -> None:
    config, data = tmp_path / "zaffre.yaml", tmp_path / "data"
    made = zaffre(
        "deployment", "create", "made", "--model", "scripted-chat", "--connection", "script",
        "--config", config, "--data", data,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    until(lambda: server.chat("Hi", "made")[0] == 200)
    until(lambda: statuses(server, 30, "made") == [200] * 30)


def test_what_is_added_to_a_blocklist_holds_for_the_next_call_to_any_of_them(server: Server, tmp_path: Path) -> None:
    where = ("--config", tmp_path / "zaffre.yaml", "--data", tmp_path / "data")
    for made in (
        ("blocklist", "create", "words"),
        ("filter", "create", "careful", "--blocklists", "words"),
        ("deployment", "create", "made", "--model", "scripted-chat", "--connection", "script",
         "--set", "content_filter=careful"),
    ):  # fmt: skip
        done = zaffre(*made, *where)
        assert done.returncode == 0, done.stderr
    until(lambda: statuses(server, 30, "made") == [200] * 30)
    lists = "/contentsafety/text/blocklists/words:addOrUpdateBlocklistItems?api-version=2024-09-01"
    assert server.post(lists, {"blocklistItems": [{"text": "hi"}]})[0] == 200
    assert statuses(server, 30, "made") == [400] * 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stream_in_flight_is_finished_and_no_new_connection_taken(server: Server, number: signal.Signals) -> None:
    processes = children(server).values()
    with server.stream("slow") as answer:
        server.process.send_signal(number)
        refuses_connections(server)
        assert answer.read().endswith(b"data: [DONE]\n\n")
    assert server.process.wait(PATIENCE) == 0
    assert not any(map(alive, processes))


def test_a_second_signal_waits_for_nobody(server: Server) -> None:
    with server.stream("endless"):
        server.process.send_signal(signal.SIGTERM)
        refuses_connections(server)
        assert server.stop(signal.SIGTERM) == 0


def test_nobody_outlives_a_supervisor_that_is_killed(server: Server) -> None:
    processes = list(children(server).values())
    folder = Path(json.loads(Path(f"/proc/{processes[0]}/cmdline").read_bytes().split(b"\0")[-2])["folder"])
    assert folder.stat().st_mode & 0o777 == 0o700
    os.kill(server.process.pid, signal.SIGKILL)
    server.killed = True
    until(lambda: not any(map(alive, processes)))
    assert not folder.exists()


def test_a_process_that_ends_before_all_are_up_ends_the_start(tmp_path: Path) -> None:
    command = [*PYTHON, "-m", "zaffre", "serve", "--config", str(written(tmp_path)), "--data", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--workers", "2", "--port", "0"],
        env=environment(ZAFFRE_KEY=KEY),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        starting = Server(process)
        until(lambda: children(starting))
        processes = children(starting)
        os.kill(next(iter(processes.values())), signal.SIGKILL)
        assert process.wait(PATIENCE) == 1
        assert starting.out.rest() == ""
    assert not any(map(alive, processes.values()))


def test_a_port_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        config = written(tmp_path)
        done = zaffre("serve", "--config", config, "--data", tmp_path, "--workers", "2", "--port", port)
    assert done.returncode == 1
    assert "is taken by another program" in done.stderr


@pytest.mark.parametrize("number", ["0", "-1", "many", "1000"])
def test_a_wrong_number_of_workers_is_refused(number: str) -> None:
    done = zaffre("serve", "--workers", number)
    assert done.returncode == 2
    assert "workers are a number from 1 to 256" in done.stderr or "expected one argument" in done.stderr


def test_a_background_response_of_a_killed_worker_is_taken_up_and_followed_from_any(server: Server) -> None:
    asked = {"model": "demo", "input": "slow", "background": True, "stream": True}
    with OpenAI(base_url=f"{server.url}/openai/v1", api_key=server.key, max_retries=5) as client:
        events = client.responses.create(**asked)  # type: ignore[call-overload]
        made = next(iter(events)).response
        events.close()
        for process in [process for name, process in children(server).items() if name != "0"]:
            os.kill(process, signal.SIGKILL)
        until(lambda: server.chat("Hi")[0] == 200 if len(children(server)) == PROCESSES else False)
        followed = [event.type for event in client.responses.retrieve(made.id, stream=True)]
        assert followed[-1] == "response.completed"
        found = client.responses.retrieve(made.id)
    assert found.output_text == "one two three four five six seven eight nine ten"


def test_tokens_of_one_process_open_all(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path, "--workers", "2", "--dev-identity") as server:
        endpoint = server.out.until(r"export IDENTITY_ENDPOINT=(\S+)")[1]
        header = server.out.until(r"export IDENTITY_HEADER=(\S+)")[1]
        connection = server.connect()
        path = endpoint.removeprefix(server.url)
        query = "?api-version=2019-08-01&resource=https://cognitiveservices.azure.com"
        connection.request("GET", path + query, headers={"x-identity-header": header})
        token = json.loads(connection.getresponse().read())["access_token"]
        connection.close()
        for _ in range(20):
            connection = server.connect()
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            connection.request("POST", "/models/chat/completions", json.dumps(asking("Hi", "demo")), headers)
            assert connection.getresponse().status == 200
            connection.close()


@pytest.fixture
def local(tmp_path: Path, warm_data: Path) -> Iterator[Server]:
    config = written(tmp_path, LOCAL)
    with serving("--config", config, "--data", warm_data, "--workers", str(WORKERS)) as server:
        yield server


def test_a_local_model_is_loaded_by_one_process_and_answers_through_all(local: Server) -> None:
    first = local.post("/models/chat/completions", asking("Say hello.", "tiny", temperature=0))
    again = [local.post("/models/chat/completions", asking("Say hello.", "tiny", temperature=0)) for _ in range(3)]
    assert [status for status, _ in [first, *again]] == [200] * 4
    assert len({body["choices"][0]["message"]["content"] for _, body in [first, *again]}) == 1
    status, vectors = local.post("/models/embeddings", {"model": "own", "input": ["one", "two"]})
    assert (status, len(vectors["data"])) == (200, 2)
    mapped = {number for number, process in children(local).items() if _maps_weights(process)}
    assert mapped <= {"0"}
    until(lambda: figure(local, 'zaffre_requests_total{deployment="tiny"') == 4)


def _maps_weights(process: int) -> bool:
    return ".gguf" in Path(f"/proc/{process}/maps").read_text()


def test_a_local_model_streams_through_a_worker_and_keeps_its_limit(local: Server) -> None:
    with local.stream("Count to five.", model="tiny") as answer:
        assert answer.getheader("x-ratelimit-limit-requests") == "10"
        assert answer.read().endswith(b"data: [DONE]\n\n")
    status, told = local.post("/models/chat/completions", {"model": "tiny", "messages": "none"})
    assert (status, told["error"]["code"]) == (422, "invalid_parameter")
    status, told = local.post("/models/chat/completions", asking("Hi", "tiny"), key="wrong")
    assert status == 401


def test_a_caller_of_a_local_model_who_goes_stops_it(local: Server) -> None:
    with local.stream("Write a very long story about a lighthouse.", model="tiny"):
        pass
    until(lambda: figure(local, 'zaffre_requests_total{deployment="tiny",operation="chat",status="499"}') == 1)


def test_a_call_spills_over_to_a_local_model(local: Server) -> None:
    for _ in range(3):
        status, body = local.post("/models/chat/completions", asking("Say hello.", "reserved"))
        assert status == 200
    assert body["model"] == "smollm2-135m-instruct"


def test_a_background_response_of_a_local_model_is_kept_for_all(local: Server) -> None:
    with OpenAI(base_url=f"{local.url}/openai/v1", api_key=local.key) as client:
        made = client.responses.create(model="tiny", input="Say hello.", background=True, max_output_tokens=20)
        until(lambda: client.responses.retrieve(made.id).status in ("completed", "incomplete"))
        assert client.responses.retrieve(made.id).output_text


def test_while_the_local_models_are_gone_the_others_answer(local: Server) -> None:
    owner = children(local)["0"]
    os.kill(owner, signal.SIGKILL)
    until(lambda: not alive(owner))
    assert local.chat("Hi")[0] == 200
    assert local.chat("Hi", "tiny")[0] in (200, 502, 503)
    until_there_are_others(local, owner)
    until(lambda: local.chat("Say hello.", "tiny")[0] == 200)
