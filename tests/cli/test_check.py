"""`zaffre check FILE`: every mistake with its file, line, key and what was expected."""

from pathlib import Path

import pytest
import trustme

from tests.cli.command import CONFIG, RULES, environment, written, zaffre

SCRIPT = "connections: {script: {provider: scripted, rules: rules.yaml}}\n"


def test_a_good_file_is_called_good(tmp_path: Path) -> None:
    config = written(tmp_path)
    done = zaffre("check", config)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{config}: good: 2 deployments, 1 key\n"


def test_what_is_only_unwise_is_a_warning(tmp_path: Path) -> None:
    config = written(tmp_path, "keys: [in-plain-text]\n")
    done = zaffre("check", config)
    assert done.returncode == 0
    assert done.stdout == f"{config}: good: 0 deployments, 1 key\n"
    assert f"warning: {config}:1: keys[0] is written in the file in plain text" in done.stderr
    assert "no model is served" in done.stderr
    assert "in-plain-text" not in done.stderr


MISTAKES = {
    "an unknown key": (
        "kees: []",
        '{file}:1: kees: expected a known key (did you mean "keys"?), found "kees"',
    ),
    "an unknown key further down": (
        f"{SCRIPT}deployments:\n  a:\n    model: m\n    conection: script\n    connection: script",
        '{file}:5: deployments.a.conection: expected a known key (did you mean "connection"?), found "conection"',
    ),
    "a wrong type": (
        "server:\n  port: eighty",
        '{file}:2: server.port: expected a port number from 0 to 65535 (0: any free one), found "eighty"',
    ),
    "a list instead of a mapping": ("deployments: [a]", "{file}:1: deployments: expected a mapping, found a list"),
    "a missing secret": (
        "keys:\n  - env:NOT_SET_ANYWHERE",
        "{file}:2: keys[0]: expected a secret in the environment variable NOT_SET_ANYWHERE, found nothing",
    ),
    "a missing secret's file": (
        "keys: [file:nothing.key]",
        "{file}:1: keys[0]: expected a file that can be read, found {folder}/nothing.key (No such file or directory)",
    ),
    "two names that differ in letter case": (
        f"{SCRIPT}deployments:\n  Demo: {{model: m, connection: script}}\n  demo: {{model: m, connection: script}}",
        '{file}:4: deployments.demo: expected names that differ in more than letter case from "Demo", found "demo"',
    ),
    "a connection that does not exist": (
        f"{SCRIPT}deployments: {{a: {{model: m, connection: scrip}}}}",
        '{file}:2: deployments.a.connection: expected a known connection (did you mean "script"?), found "scrip"',
    ),
    "a missing key": (
        f"{SCRIPT}deployments:\n  a: {{connection: script}}",
        "{file}:3: deployments.a.model: expected a name without spaces, found nothing",
    ),
    "a provider that does not exist": (
        "connections: {a: {provider: opnai}}",
        '{file}:1: connections.a.provider: expected a known provider (did you mean "openai"?), found "opnai"',
    ),
    "a provider that has no address of its own": (
        "connections:\n  a: {provider: vllm, base_url: nowhere}",
        '{file}:2: connections.a.base_url: expected an address that begins with http:// or https://, found "nowhere"',
    ),
    "a local model without weights": (
        "connections: {l: {provider: local}}\ndeployments:\n  a: {model: gpt-4o, connection: l}",
        "{file}:3: deployments.a: expected a model that can run here, found the catalog knows no weights of gpt-4o;",
    ),
    "a missing rules file": (
        "connections: {s: {provider: scripted, rules: none.yaml}}",
        "{file}:1: connections.s.rules: expected a file that can be read, found {folder}/none.yaml (No such file",
    ),
    "no YAML at all": ("keys: [", "{file}:1: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_shown_with_its_place_and_what_was_expected(tmp_path: Path, mistake: str) -> None:
    content, expected = MISTAKES[mistake]
    config = written(tmp_path, content)
    done = zaffre("check", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected.format(file=config, folder=tmp_path) in done.stderr


def test_every_mistake_is_shown_at_once_also_in_the_rules(tmp_path: Path) -> None:
    config = written(tmp_path, f"{CONFIG}kees: []\n", RULES.replace("cut_after: 2", "cut_aftr: 2"))
    done = zaffre("check", config)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{config}:7: kees: expected a known key")
    assert second.startswith(f"{tmp_path}/rules.yaml:7: rules[2].reply.cut_aftr: expected a known key")


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    done = zaffre(
        "check", written(tmp_path, "keys: [[hush-hush]]\nconnections: {a: {provider: vllm, credential: {x: hush}}}")
    )
    assert done.returncode == 2
    assert "hush" not in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = zaffre("check", tmp_path / "none.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path}/none.yaml: expected a file that can be read, found {tmp_path}/none.yaml")


def test_a_certificate_and_a_key_that_do_not_belong_together_are_a_mistake(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("localhost").cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    authority.issue_cert("localhost").private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    config = written(tmp_path, f"{CONFIG}server:\n  tls: {{cert: cert.pem, key: key.pem}}\n")
    done = zaffre("check", config)
    assert done.returncode == 2
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    found = f"the key {key} is not that of the certificate {certificate}"
    assert done.stderr == f"{config}:8: server.tls: expected a certificate and its key, found {found}\n"


def test_only_the_environment_of_the_check_counts(tmp_path: Path) -> None:
    config = written(tmp_path)
    assert zaffre("check", config, env=environment(ZAFFRE_KEY="")).returncode == 2
    assert zaffre("check", config, env=environment(ZAFFRE_KEY="set")).returncode == 0


def test_a_proxy_that_cannot_be_used_is_found_at_the_connection_that_needs_it(tmp_path: Path) -> None:
    config = written(tmp_path, 'connections:\n  v: {provider: vllm, base_url: "http://upstream.test/v1"}\n')
    proxied = zaffre("check", config, env=environment(http_proxy="socks5://me:hush@proxy.test"))
    assert proxied.returncode == 2
    assert f"{config}:2: connections.v: expected a connection that can be used, found only proxies" in proxied.stderr
    assert "hush" not in proxied.stderr
    exempt = environment(http_proxy="socks5://me:hush@proxy.test", no_proxy="upstream.test")
    assert zaffre("check", config, env=exempt).returncode == 0


RETIRED = f"""\
{SCRIPT}deployments:
  gone: {{model: m, connection: script, version: "7", retires: 2020-01-01}}
  soon: {{model: m, connection: script, retires: 9999-01-01}}
  kept: {{model: m, connection: script, retires: never}}
retirement: {{warn_days: 0}}
"""


def test_a_retired_model_is_a_warning_with_its_line(tmp_path: Path) -> None:
    config = written(tmp_path, RETIRED)
    done = zaffre("check", config)
    assert done.returncode == 0
    assert done.stderr == f"warning: {config}:3: deployments.gone.retires: m 7 was retired on 2020-01-01\n"


def test_warnings_begin_as_early_as_the_file_asks(tmp_path: Path) -> None:
    config = written(tmp_path, RETIRED.replace("warn_days: 0", "warn_days: 2147483647"))
    first, second = zaffre("check", config).stderr.splitlines()
    assert "deployments.gone" in first
    assert f"warning: {config}:4: deployments.soon.retires: m retires on 9999-01-01, in " in second
