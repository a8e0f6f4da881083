"""Servers that share a Redis, under load, while it is killed, paused and started anew."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from tests.cli.command import Server, asking, environment, serving, written, zaffre
from tests.limits.redis_server import RedisServer

CONFIG = """
keys: ["env:ZAFFRE_KEY"]
connections: {script: {provider: scripted, rules: rules.yaml}}
limits: {redis: "env:REDIS", fail: closed}
deployments:
  demo: {model: scripted-chat, connection: script, rpm: 180}
"""
LIMIT = 30
"""Requests in ten seconds."""
SLOW = 5.0
"""Seconds: no call may wait so long for Redis."""


class Answer(Struct):
    status: int
    window: int
    """The window of requests in which it was let in or refused, by the clock; 0 where nothing is said of one."""
    took: float


def ask(server: Server) -> Answer:
    begun = time.time()
    connection: http.client.HTTPConnection = server.connect()
    try:
        body = json.dumps(asking("Hello!", "demo"))
        connection.request("POST", "/models/chat/completions", body, server.headers())
        answer = connection.getresponse()
        answer.read()
        now = time.time()
        reset = answer.getheader("x-ratelimit-reset-requests")
        return Answer(answer.status, int((now + int(reset)) // 10) if reset else 0, now - begun)
    finally:
        connection.close()


def load(servers: Sequence[Server], calls: int) -> list[Answer]:
    """So many calls, by turns to all servers, eight at a time."""
    with ThreadPoolExecutor(8) as callers:
        return list(callers.map(lambda turn: ask(servers[turn % len(servers)]), range(calls)))


def figures(server: Server) -> str:
    connection: http.client.HTTPConnection = server.connect()
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@contextmanager
def fleet(redis: RedisServer, folder: Path, size: int, config: str = CONFIG) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = []
        for number in range(size):
            own = folder / str(number)
            own.mkdir()
            env = environment(ZAFFRE_KEY="a-key-for-tests-only-0123456789abcdef", REDIS=redis.address)
            command = ("--config", written(own, config), "--data", own)
            servers.append(stack.enter_context(serving(*command, env=env)))
        yield servers


def let_in(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.window for answer in answers if answer.status == 200)


def test_servers_hold_a_limit_together_while_redis_is_paused_and_killed(server: RedisServer, tmp_path: Path) -> None:
    with fleet(server, tmp_path, 3) as servers:
        answers = load(servers, 120)
        assert {answer.status for answer in answers} >= {200, 429}
        server.pause()
        missing = load(servers, 30)
        assert {answer.status for answer in missing} == {503}
        for each in servers:
            each.err.until("Rate limits: Redis is gone")
            assert "zaffre_limits_redis_up 0.0" in figures(each)
        server.resume()
        for each in servers:
            each.err.until("Rate limits: Redis is back")
            assert "zaffre_limits_redis_up 1.0" in figures(each)
        answers += load(servers, 60)
        server.kill()
        missing += load(servers, 30)
        server.start()
        for each in servers:
            each.err.until(r"Redis is back[\s\S]*Redis is back")
        answers += load(servers, 60)
        # Each told the new one what it had let in: it holds for every window, as if nothing had happened.
        assert max(let_in(answers).values()) <= LIMIT
        assert {answer.status for answer in missing} == {503}
        assert max(answer.took for answer in answers + missing) < SLOW
        assert all(each.err.text.count("Redis is gone") >= 2 for each in servers)


def test_a_reload_takes_the_way_to_redis_and_gives_it_up(lasting: RedisServer, tmp_path: Path) -> None:
    apart = CONFIG.replace('limits: {redis: "env:REDIS", fail: closed}', "").replace("demo:", "solo:")
    together = CONFIG.replace("demo:", "solo:").replace("fail: closed", "fail: closed, prefix: reloaded")
    with fleet(lasting, tmp_path, 1, apart) as (server,):
        assert server.chat("Hello!", "solo")[0] == 200
        for config in (together, apart, together):
            (tmp_path / "0" / "zaffre.yaml").write_text(config)
            server.reloaded()
            assert server.chat("Hello!", "solo")[0] == 200


def test_without_the_extra_the_file_is_a_mistake_that_says_so(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nsys.modules['redis'] = None\n")
    config = written(tmp_path, CONFIG)
    env = environment(ZAFFRE_KEY="k", REDIS="redis://h", PYTHONPATH=str(site))
    done = zaffre("check", config, env=env)
    assert done.returncode == 2
    assert f"{config}:4: limits: expected limits that can be shared, found " in done.stderr
    assert "pip install 'zaffre[redis]'" in done.stderr
