"""A configuration that changes while the server runs."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.cli.command import CONFIG, RULES, serving, written
from zaffre.cli import reload
from zaffre.cli.options import read
from zaffre.cli.reload import AT_ONCE, Reloader
from zaffre.config.load import Loaded

MORE = f"{CONFIG}  newer: {{model: newer-model, connection: script}}\n"
FEWER = CONFIG.replace("  demo: {model: scripted-chat, connection: script}\n", "")


def replace(path: Path, content: str) -> None:
    """As most editors and deployment tools do it: a new file takes the old one's name."""
    part = path.with_suffix(".part")
    part.write_text(content)
    os.replace(part, path)


def overwrite(path: Path, content: str) -> None:
    """As `cp` and some editors do it: the same file, emptied and written."""
    path.write_text(content)


def move_aside(path: Path, content: str) -> None:
    """As vim does it where it keeps a backup: the old file goes away first."""
    os.replace(path, path.with_suffix(".yaml~"))
    path.write_text(content)


def swap_link(path: Path, content: str) -> None:
    """As Kubernetes does it: the name is a link, and now leads elsewhere."""
    target = path.with_name(f"target-{len(content)}")
    target.write_text(content)
    link = path.with_suffix(".link")
    link.symlink_to(target)
    os.replace(link, path)


@pytest.mark.parametrize("change", [replace, overwrite, move_aside, swap_link])
def test_a_changed_file_is_taken_however_it_was_written(tmp_path: Path, change: Callable[[Path, str], None]) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path / "data") as server:
        assert server.chat("Hello!", model="newer")[0] == 404
        change(config, MORE)
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!", model="newer") == (200, "You said: Hello!")
        assert server.chat("Hello!") == (200, "You said: Hello!")


def test_a_changed_rules_file_is_taken(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path) as server:
        assert server.chat("Hello!") == (200, "You said: Hello!")
        replace(tmp_path / "rules.yaml", RULES.replace("You said", "I heard"))
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!") == (200, "I heard: Hello!")


def test_a_changed_secret_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("the-first-key")
    with serving(
        "--config", written(tmp_path, CONFIG.replace("env:ZAFFRE_KEY", "file:key")), "--data", tmp_path
    ) as server:
        assert server.chat("Hello!", key="the-first-key")[0] == 200
        (tmp_path / "key").write_text("the-second-key")
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!", key="the-second-key")[0] == 200
        assert server.chat("Hello!", key="the-first-key")[0] == 401


@pytest.mark.parametrize("changed", [0, AT_ONCE, 2 * AT_ONCE + 4])
async def test_of_more_files_than_one_look_takes_each_has_its_turn(tmp_path: Path, changed: int) -> None:
    secrets = [tmp_path / f"key-{number}" for number in range(2 * AT_ONCE + 5)]
    for secret in secrets:
        secret.write_text(f"a-key-named-{secret.name}")
    listed = "".join(f"\n  - file:{secret.name}" for secret in secrets)
    path = written(tmp_path, CONFIG.replace("keys: [env:ZAFFRE_KEY]", f"keys:{listed}"))
    taken: asyncio.Queue[Loaded] = asyncio.Queue()
    reloader = Reloader(path, read(path), taken.put, every=0.001)
    watching = asyncio.create_task(reloader.watch())
    secrets[changed].write_text("another-key-altogether")
    async with asyncio.timeout(30):
        loaded = await taken.get()
    watching.cancel()
    assert loaded.config.keys[changed].reveal() == "another-key-altogether"


class Stepping(Reloader):
    """It looks when it is told to."""

    def __init__(self, path: Path, apply: Callable[[Loaded], Awaitable[None]]) -> None:
        super().__init__(path, read(path), apply)
        self._looks = asyncio.Semaphore(0)
        self._waits = asyncio.Event()

    async def look(self) -> None:
        self._waits.clear()
        self._looks.release()
        await self._waits.wait()

    async def _pause(self) -> bool:
        self._waits.set()
        await self._looks.acquire()
        return False


async def test_a_file_whose_turn_is_still_to_come_is_not_taken_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "AT_ONCE", 1)
    secrets = [tmp_path / f"key-{number}" for number in range(5)]
    for secret in secrets:
        secret.write_text(f"a-key-named-{secret.name}")
    listed = "".join(f"\n  - file:{secret.name}" for secret in secrets)
    path = written(tmp_path, CONFIG.replace("keys: [env:ZAFFRE_KEY]", f"keys:{listed}"))
    taken: list[Loaded] = []

    async def take(loaded: Loaded) -> None:
        taken.append(loaded)

    for secret in secrets:
        reloader = Stepping(path, take)
        watching = asyncio.create_task(reloader.watch())
        path.write_text(path.read_text() + "\n")
        for length in range(20, 23):
            secret.write_text("x" * length)
            await reloader.look()
        assert not taken
        for _ in range(2 * len(secrets)):
            await reloader.look()
        watching.cancel()
        assert "x" * 22 in {key.reveal() for key in taken.pop().config.keys}
        assert not taken


def test_sighup_reloads_at_once(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        config.write_text(MORE)
        server.reloaded()
        assert server.chat("Hello!", model="newer")[0] == 200


def test_a_removed_deployment_is_unknown_and_its_streams_in_flight_are_finished(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server, server.stream("slow") as answer:
        config.write_text(FEWER)
        server.reloaded()
        status, body = server.chat("Hello!")
        assert (status, body["error"]["code"]) == (404, "unknown_model")
        assert answer.read().endswith(b"data: [DONE]\n\n")


def test_changed_keys_count_from_the_next_request_on(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        config.write_text(CONFIG.replace("env:ZAFFRE_KEY", "a-wholly-different-key"))
        server.reloaded()
        assert server.chat("Hello!")[0] == 401
        assert server.chat("Hello!", key="a-wholly-different-key")[0] == 200


def test_a_broken_file_keeps_the_old_one_and_says_why_and_a_mended_one_is_taken(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        replace(config, f"{MORE}kees: []\n")
        server.err.until(r"zaffre\.yaml: not reloaded; the configuration before it stays in force$")
        assert f"{config}:8: kees: expected a known key" in server.err.text
        assert server.chat("Hello!")[0] == 200
        assert server.chat("Hello!", model="newer")[0] == 404
        replace(config, MORE)
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!", model="newer")[0] == 200


def test_a_broken_rules_file_keeps_the_old_rules_until_it_is_mended(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    with serving("--config", written(tmp_path), "--data", tmp_path) as server:
        replace(rules, "rules: [{when: {text: '('}, reply: {text: x}}]")
        server.err.until(r"rules\.yaml:1: rules\[0\]\.when\.text: ")
        assert server.chat("Hello!") == (200, "You said: Hello!")
        replace(rules, "rules: [{reply: {text: mended}}]")
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!") == (200, "mended")


def test_a_file_that_goes_away_keeps_the_old_one_until_it_is_back(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        config.unlink()
        server.err.until(r"zaffre\.yaml: not reloaded")
        assert server.chat("Hello!")[0] == 200
        config.write_text(MORE)
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert server.chat("Hello!", model="newer")[0] == 200


def test_a_file_without_keys_is_not_taken_beyond_loopback(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path, "--host", "0.0.0.0") as server:
        config.write_text("")
        server.reloaded()
        assert "zaffre.yaml: refusing to listen on 0.0.0.0 without a key" in server.err.text
        assert "zaffre.yaml: not reloaded" in server.err.text
        assert server.chat("Hello!", key="any")[0] == 401
        assert server.chat("Hello!")[0] == 200


def test_what_needs_a_restart_is_said_and_the_rest_taken(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        config.write_text(f"{MORE}server: {{port: 1}}\n")
        server.reloaded()
        assert "reloaded; what changed under server: or database: takes a restart" in server.err.text
        assert server.chat("Hello!", model="newer")[0] == 200


def test_many_reloads_in_a_row_lose_no_request(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server, server.stream("slow") as answer:
        for content in (MORE, CONFIG) * 5:
            config.write_text(content)
            server.reloaded()
            assert server.chat("Hello!")[0] == 200
        assert answer.read().endswith(b"data: [DONE]\n\n")


def test_without_a_file_sighup_changes_nothing(warm_data: Path) -> None:
    with serving("--data", warm_data) as server:
        server.process.send_signal(signal.SIGHUP)
        server.err.until("there is no configuration file to read again")
        assert server.chat("Hello!", model="smollm2")[0] == 200


LOCAL = f"""{CONFIG}\
  tiny: {{model: smollm2-135m-instruct, connection: local}}
""".replace("connections:\n", "connections:\n  local: {provider: local}\n")


def test_a_local_model_that_stays_is_not_loaded_again(tmp_path: Path, warm_data: Path) -> None:
    config = written(tmp_path, LOCAL)
    with serving("--config", config, "--data", warm_data) as server:
        server.err.until(r"tiny is ready")
        config.write_text(f"{LOCAL}  newer: {{model: newer-model, connection: script}}\n")
        server.reloaded()
        assert server.chat("Hello!", model="newer")[0] == 200
        assert server.chat("Hello!", model="tiny")[0] == 200
        assert server.err.text.count("is ready (") == 1


def test_a_local_model_can_come_and_go_and_its_stream_in_flight_is_finished(tmp_path: Path, warm_data: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", warm_data) as server:
        config.write_text(LOCAL)
        server.reloaded()
        with server.stream("Count to one hundred.", model="tiny") as answer:
            config.write_text(CONFIG)
            server.reloaded()
            assert server.chat("Hello!", model="tiny")[0] == 404
            assert answer.read().endswith(b"data: [DONE]\n\n")
        assert server.chat("Hello!")[0] == 200


def test_an_environment_variable_that_the_new_file_wants_is_missed_by_name(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path) as server:
        config.write_text(CONFIG.replace("[env:ZAFFRE_KEY]", "[env:ZAFFRE_KEY, env:NOT_SET_ANYWHERE]"))
        server.reloaded()
        assert "keys[1]: expected a secret in the environment variable NOT_SET_ANYWHERE" in server.err.text
        assert server.chat("Hello!")[0] == 200
