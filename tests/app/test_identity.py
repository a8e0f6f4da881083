"""Tokens over a reload: what stays the same is kept, what changes holds at once, and who waits is answered."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.configured import application, asked, chat, config
from tests.auth.issuing import Issuer, issuing
from zaffre.app import Application

SERVED = """\
keys: [a-key-for-tests-only-0123456789abcdef]
connections: {script: {provider: scripted, rules: rules.yaml}}
deployments:
  demo: {model: scripted-chat, connection: script}
  other: {model: scripted-chat, connection: script}
"""
ONE_LOOK = ["/tenant/.well-known/openid-configuration", "/tenant/keys"]


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing(time.time) as started:
        yield started


def reading(issuer: Issuer, deployments: str = "all") -> str:
    """A configuration that takes the issuer's tokens."""
    return f"{SERVED}identity: {{issuer: '{issuer.url}', roles: {{reader: {{deployments: {deployments}}}}}}}\n"


@asynccontextmanager
async def serving(folder: Path, text: str) -> AsyncIterator[Application]:
    running = application(folder, text)
    running.start()
    try:
        yield running
    finally:
        await running.close()


async def status(running: Application, token: bytes, model: str = "demo") -> int:
    request = asked("/models/chat/completions", chat("Hello!", model))
    request.headers[b"authorization"] = b"Bearer " + token
    return (await running.handle(request)).status


async def test_keys_and_known_tokens_outlast_a_reload_that_changes_other_things(tmp_path: Path, issuer: Issuer) -> None:
    token, later = (issuer.token(roles=["reader"], jti=name) for name in "ab")
    async with serving(tmp_path, reading(issuer)) as running:
        assert await status(running, token) == 200
        issuer.status = 500
        running.reload(config(tmp_path, reading(issuer).replace("other:", "another:")))
        assert await status(running, token, "another") == 200
        assert await status(running, later) == 200
        assert issuer.asked == ONE_LOOK


async def test_what_roles_grant_changes_at_once(tmp_path: Path, issuer: Issuer) -> None:
    token = issuer.token(roles=["reader"])
    async with serving(tmp_path, reading(issuer)) as running:
        assert await status(running, token, "other") == 200
        running.reload(config(tmp_path, reading(issuer, "[demo]")))
        assert await status(running, token, "other") == 404
        assert await status(running, token) == 200
        running.reload(config(tmp_path, SERVED))
        assert await status(running, token) == 401


async def test_who_waits_for_the_old_issuer_is_answered_by_it(tmp_path: Path, issuer: Issuer) -> None:
    issuer.open.clear()
    async with serving(tmp_path, reading(issuer)) as running:
        waiting = asyncio.create_task(status(running, issuer.token(roles=["reader"])))
        await issuer.has_been_asked(1)
        running.reload(config(tmp_path, SERVED))
        issuer.open.set()
        assert await waiting == 200


async def test_an_end_waits_for_no_issuer(tmp_path: Path, issuer: Issuer) -> None:
    issuer.open.clear()
    async with serving(tmp_path, reading(issuer)):
        await issuer.has_been_asked(1)
    issuer.open.set()


def test_what_reads_tokens_is_not_imported_where_none_are_taken() -> None:
    lines = "import sys, zaffre.cli.main; print({'cryptography', 'jwt'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
