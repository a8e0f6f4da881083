"""Other gateways to compare with: installed on request, each into an environment of its own, and started like ours.

Every one runs as one worker in front of the same mock, logs errors alone, and checks the caller's key where it can.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.native import BUILD, HERE, CannotRun
from bench.targets import CALLER_KEY, UPSTREAM_KEY, Api, Gateway, Place, free_port

ENVIRONMENTS = BUILD / "peers"
LOADS = frozenset({"chat", "prompt", "single", "steady", "stream", "paced"})
"""What all of them can do. The rest is left to nginx and zaffre: a thousand streams at once are more than some of them
finish within the time of a round, and not all of them know embeddings."""

LITELLM = """
model_list:
  - model_name: mock
    litellm_params: {{model: openai/mock, api_base: "http://127.0.0.1:{upstream}/v1", api_key: "{key}"}}
  - model_name: mock-paced
    litellm_params: {{model: openai/mock-paced, api_base: "http://127.0.0.1:{upstream}/v1", api_key: "{key}"}}
general_settings: {{master_key: "os.environ/BENCH_CALLER_KEY"}}
litellm_settings: {{telemetry: false, callbacks: [], num_retries: 0}}
"""


@dataclass(frozen=True)
class Peer:
    """What is installed for a gateway, and how it is started."""

    packages: Sequence[str]
    """Pinned, as pip wants them; the first is the gateway itself."""
    command: Callable[[Path, Place], list[str]]
    """From the folder of its environment's programs and its place: what to run."""
    ready: str
    checks_key: bool
    environment: Mapping[str, str]


def _litellm(programs: Path, place: Place) -> list[str]:
    config = place.folder / "litellm.yaml"
    config.write_text(LITELLM.format(upstream=place.upstream, key=UPSTREAM_KEY))
    where = ["--host", "127.0.0.1", "--port", str(place.port)]
    return [str(programs / "litellm"), "--config", str(config), *where, "--num_workers", "1", "--telemetry", "False"]


def _fastapi(programs: Path, place: Place) -> list[str]:
    lean = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [
        *(str(programs / "uvicorn"), "--app-dir", str(HERE), "fastapi_gateway:app"),
        *("--host", "127.0.0.1", "--port", str(place.port), *lean),
    ]


def _vllm_router(programs: Path, place: Place) -> list[str]:
    return [str(programs / "vllm-router"), *_router_options(place)]


def _sglang_router(programs: Path, place: Place) -> list[str]:
    return [str(programs / "sglang-router"), "launch", *_router_options(place)]


def _router_options(place: Place) -> list[str]:
    return [
        *("--host", "127.0.0.1", "--port", str(place.port), "--prometheus-port", str(free_port())),
        *("--worker-urls", f"http://127.0.0.1:{place.upstream}", "--policy", "round_robin", "--log-level", "error"),
    ]


PEERS: Mapping[str, Peer] = {
    "litellm": Peer(
        ("litellm[proxy]==1.108.7", "uvloop==0.23.0"),
        _litellm,
        "/health/liveliness",
        True,
        {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ),
    "fastapi": Peer(
        ("fastapi==0.165.0", "httpx==0.28.1", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0"),
        _fastapi,
        "/health",
        True,
        {},
    ),
    "vllm-router": Peer(("vllm-router==0.1.17",), _vllm_router, "/readiness", False, {}),
    "sglang-router": Peer(("sglang-router==0.3.2",), _sglang_router, "/readiness", False, {}),
}


def installed(name: str, peer: Peer, environments: Path) -> Gateway:
    """A peer as a gateway, installed into a folder of `environments` first where it is not, or not in these versions.

    Raises:
        CannotRun: it can't be installed here; the message has the end of what pip said.
    """
    folder = environments / name
    programs = folder / "bin"
    note = folder / "installed.txt"
    wanted = "\n".join(peer.packages)
    if not note.exists() or note.read_text() != wanted:
        print(f"  installing {', '.join(peer.packages)}", file=sys.stderr, flush=True)
        _install(name, peer.packages, folder)
        note.write_text(wanted)
    return Gateway(
        name,
        lambda place: peer.command(programs, place),
        peer.ready,
        _versions(programs, [package.partition("==")[0].partition("[")[0] for package in peer.packages]),
        Api(loads=LOADS),
        remark="" if peer.checks_key else "it checks no key",
        environment=lambda place: {
            **peer.environment,
            "BENCH_CALLER_KEY": CALLER_KEY,
            "BENCH_UPSTREAM": f"http://127.0.0.1:{place.upstream}/v1",
            "BENCH_UPSTREAM_KEY": UPSTREAM_KEY,
        },
    )


def _install(name: str, packages: Sequence[str], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in ([sys.executable, "-m", "venv", str(folder)], [*pip, *packages]):
        try:
            done = subprocess.run(step, capture_output=True, text=True, check=False, timeout=600)
        except subprocess.TimeoutExpired as slow:
            raise CannotRun(f"{name} can't be installed: not within 10 minutes") from slow
        if done.returncode:
            raise CannotRun(f"{name} can't be installed:\n{(done.stdout + done.stderr)[-2000:]}")


def _versions(programs: Path, packages: Sequence[str]) -> dict[str, str]:
    code = (
        "import json, sys; from importlib.metadata import version; "
        "print(json.dumps({package: version(package) for package in sys.argv[1:]}))"
    )
    argv = [str(programs / "python"), "-c", code, *packages]
    found: dict[str, str] = json.loads(subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout)
    return found
