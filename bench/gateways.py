"""nginx, and zaffre as its users configure it: with and without a content filter, small and large."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from bench.native import CannotRun
from bench.targets import CALLER_KEY, UPSTREAM_KEY, Api, Gateway, Place
from bench.workloads import WORKLOADS

BASE, OURS = "nginx", "zaffre"
FILTERED = "zaffre with filter"
FLAT = (1, 100, 10_000)
"""How many deployments and keys the configurations have whose cost should be the same."""

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 128k;
  keepalive_requests 100000000;
  upstream model {{
    server 127.0.0.1:{upstream};
    keepalive 512;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""

CONNECTION = """
connections:
  mock: {{provider: openai, base_url: "http://127.0.0.1:{upstream}/v1", credential: "env:BENCH_UPSTREAM_KEY"}}
"""
GOVERNED = 'version: "1", content_filter: "{filter}", rpm: 100000000, tpm: 1000000000'
"""Limits that are kept and never reached."""

ZAFFRE = """
keys: ["env:BENCH_CALLER_KEY"]
{connection}
deployments:
  mock:        {{model: mock-chat, connection: mock, upstream_model: mock, {governed}}}
  mock-paced:  {{model: mock-chat, connection: mock, upstream_model: mock-paced, {governed}}}
  mock-slow:   {{model: mock-chat, connection: mock, upstream_model: mock-slow, {governed}}}
  mock-silent: {{model: mock-chat, connection: mock, upstream_model: mock-silent, {governed}}}
  mock-embed:  {{model: mock-embed, connection: mock, upstream_model: mock, model_type: embedding, {governed}}}
"""


def nginx() -> Gateway:
    """nginx as a plain reverse proxy: one worker, kept connections, nothing buffered or logged.

    Raises:
        CannotRun: it is not installed and can't be.
    """
    command = _nginx_command()
    # The workers must reach the folder of the one who measures.
    user = "user root;" if os.geteuid() == 0 else ""

    def configured(place: Place) -> list[str]:
        config = place.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=place.folder, upstream=place.upstream, port=place.port, user=user))
        return [command, "-p", str(place.folder), "-c", str(config), "-e", "stderr"]

    version = subprocess.run([command, "-v"], capture_output=True, text=True, check=True, timeout=10).stderr
    return Gateway(BASE, configured, "/stats", {"nginx": version.strip().rpartition("/")[2]})


def zaffre() -> Gateway:
    """zaffre with a key check, deployments with limits and a connection, and no content filter."""
    return _zaffre(OURS, "off", frozenset(workload.name for workload in WORKLOADS) - {"flat"}, "")


def filtered() -> Gateway:
    """The same with the default content filter: the local classifier reads every prompt and every answer."""
    encoder = find_spec("zaffre_safety_minilm") and find_spec("onnxruntime")
    remark = f"{'with' if encoder else 'without'} the optional encoder"
    return _zaffre(FILTERED, "Microsoft.DefaultV2", frozenset({"chat", "stream"}), remark)


def flat() -> Sequence[Gateway]:
    """zaffre with more and more deployments and keys, those in use among them."""
    return [_flat(count) for count in FLAT]


def flat_name(count: int) -> str:
    """What zaffre with so many deployments and keys is called."""
    return f"{OURS}, {count:,} deployments and keys" if count > 1 else f"{OURS}, 1 deployment and key"


def _flat(count: int) -> Gateway:
    def written(place: Place) -> str:
        keys = place.folder / "keys"
        keys.mkdir(exist_ok=True)
        for number in range(1, count):
            (keys / str(number)).write_text(f"bench-other-key-{number:032}")
        governed = GOVERNED.format(filter="off")
        names = ["mock", *(f"mock-{number}" for number in range(1, count))]
        lines = ["keys:", "  - env:BENCH_CALLER_KEY", *(f"  - file:{keys}/{number}" for number in range(1, count))]
        lines += [CONNECTION.format(upstream=place.upstream), "deployments:"]
        deployment = f"{{model: mock-chat, connection: mock, upstream_model: mock, {governed}}}"
        lines += [f"  {name}: {deployment}" for name in names]
        return "\n".join(lines) + "\n"

    return _served(flat_name(count), written, frozenset({"flat"}), "the load names one of them" if count > 1 else "")


def _zaffre(name: str, content_filter: str, loads: frozenset[str], remark: str) -> Gateway:
    def written(place: Place) -> str:
        return ZAFFRE.format(
            connection=CONNECTION.format(upstream=place.upstream), governed=GOVERNED.format(filter=content_filter)
        )

    return _served(
        name, written, loads, remark, merges_events=content_filter != "off"
    )  # what is judged as one is sent as one


def _served(
    name: str, written: Callable[[Place], str], loads: frozenset[str], remark: str, merges_events: bool = False
) -> Gateway:
    def configured(place: Place) -> list[str]:
        config = place.folder / "zaffre.yaml"
        config.write_text(written(place))
        command = Path(sys.executable).with_name("zaffre")
        data = place.folder / "data"
        return [str(command), "serve", "--config", str(config), "--port", str(place.port), "--data", str(data)]

    return Gateway(
        name,
        configured,
        "/health/ready",
        {part: metadata.version(part) for part in ("zaffre", "uvicorn", "uvloop", "httptools", "msgspec", "numpy")},
        Api("/models/chat/completions", "/models/embeddings", {"api-key": CALLER_KEY}, False, merges_events, loads),
        remark,
        lambda _: {"BENCH_CALLER_KEY": CALLER_KEY, "BENCH_UPSTREAM_KEY": UPSTREAM_KEY},
    )


def _nginx_command() -> str:
    if (found := _find_nginx()) is not None:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("nginx is missing: installing Debian's nginx-light", flush=True)
        for step in (["update"], ["install", "-y", "nginx-light"]):
            subprocess.run(["apt-get", "-qq", *step], stdout=subprocess.DEVNULL, check=False, timeout=300)
        if (found := _find_nginx()) is not None:
            return found
    raise CannotRun("nginx is needed to compare with: install it (Debian: apt-get install nginx-light)")


def _find_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
