"""A wrong configuration is refused with a line for each mistake: where, what was expected, what was found."""

import pytest

from tests.config.written import PROVIDERS, Folder
from zaffre.config.load import load
from zaffre.config.mistakes import ConfigError

GOOD = "connections: {up: {provider: openai}, here: {provider: local}}\n"


def deployed(fields: str, name: str = "a", connection: str = "up") -> str:
    return f"{GOOD}deployments: {{{name}: {{model: m, connection: {connection}, {fields}}}}}\n"


def connected(fields: str, provider: str = "openai") -> str:
    return f"connections: {{up: {{provider: {provider}, {fields}}}}}\n"


def refuses(folder: Folder, text: str, mistake: str) -> None:
    """The file has one mistake, and its line says this much."""
    folder.write("rules: []", "rules.yaml")
    (line,) = folder.mistakes(text, {"EMPTY": " "})
    assert mistake in line


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- keys", "zaffre.yaml:1: expected a mapping, found a list"),
        ("keys: {a: b}", "zaffre.yaml:1: keys: expected a list, found a mapping"),
        ("server: 8080", "zaffre.yaml:1: server: expected a mapping, found text"),
        ("server: [a]", "zaffre.yaml:1: server: expected a mapping, found a list"),
        ("kyes: []", 'zaffre.yaml:1: kyes: expected a known key (did you mean "keys"?), found "kyes"'),
        (
            "server:\n  zzz: 1",
            "zaffre.yaml:2: server.zzz: expected one of host, port, max_body, domains, drain, tls, region, ",
        ),
        (
            "keys: [one, two]\nmanagement_keys:\n  - three\n  - two",
            "zaffre.yaml:4: management_keys[1]: expected a key that is not among keys too, found the same",
        ),
        ("keys: []\nkeys: []", "zaffre.yaml:2: keys: expected every key once, found it again (first in line 1)"),
    ],
)
def test_the_shape_of_the_file(folder: Folder, text: str, mistake: str) -> None:
    refuses(folder, text, mistake)


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("port: x", 'server.port: expected a port number from 0 to 65535 (0: any free one), found "x"'),
        ("port: 65536", 'found "65536"'),
        ("port: 80.0", 'found "80.0"'),
        ("drain: 0", "server.drain: expected a number of seconds above 0, at most a day"),
        ("drain: nan", 'found "nan"'),
        ("drain: 1e999", 'found "1e999"'),
        ("max_body: 0", "server.max_body: expected a number of bytes such as 33554432 or 32MB"),
        ("max_body: 1TB", 'found "1TB"'),
        ("domains: ['a:80']", "server.domains[0]: expected a host name without a port"),
        ("domains: localhost", "server.domains: expected a list, found text"),
        ("tls: {}", "server.tls: expected cert and key, or dev: true, found neither"),
        ("tls: {cert: rules.yaml}", "server.tls.key: expected a file, since there is a cert, found nothing"),
        ("tls: {cert: a, key: rules.yaml}", "server.tls.cert: expected the path of a file, found a (no such file)"),
        ("tls: {cert: rules.yaml, key: rules.yaml, dev: yes}", "expected either dev or a certificate of your own"),
        ("tls: {cert: rules.yaml, key: rules.yaml, dev: maybe}", 'tls.dev: expected true or false, found "maybe"'),
        ("tls: {cert: rules.yaml, key: rules.yaml, dev: 'yes'}", 'expected true or false, found the text "yes"'),
    ],
)
def test_the_server(folder: Folder, fields: str, mistake: str) -> None:
    refuses(folder, f"server: {{{fields}}}", mistake)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("connections: {up: {provider: opneai}}", 'up.provider: expected a known provider (did you mean "openai"?)'),
        ("connections: {up: {}}", "connections.up.provider: expected the name of a provider, found nothing"),
        ("connections: {'': {provider: local}}", "connections.: expected a name of 1 to 64 letters"),
        ("connections: {a: {provider: local}, A: {provider: local}}", "connections.A: expected names that differ"),
        (
            connected("base_url: localhost"),
            'expected an address that begins with http:// or https://, found "localhost"',
        ),
        (connected("base_url: 'http://'"), "expected an address that begins with http://"),
        (connected("base_url: 'http://h:x'"), "expected an address that begins with http://"),
        (connected("base_url: 'http://h/ x'"), "expected an address that begins with http://"),
        (connected("base_url: 'http://h?a=b'"), "expected an address without a query"),
        (connected("rules: rules.yaml"), "expected rules only with provider: scripted, found provider: openai"),
        (connected("threads: 1"), "expected threads only with provider: local"),
        (connected("credential: x", "local"), "expected credential only with an upstream's"),
        (connected("", "scripted"), "connections.up.rules: expected the path of a rules file, found nothing"),
        (
            connected("queue: 1, rules: rules.yaml", "scripted"),
            "expected queue only with an upstream or provider: local",
        ),
        (connected("parallel: 0", "local"), "parallel: expected a whole number from 1 up"),
        (connected("headers: {'a b': x}"), "headers.a b: expected a header's name"),
        (connected("headers: {Host: x}"), "expected a header other than those"),
        (connected("timeouts: {read: 1}"), "timeouts.read: expected "),
        (connected("timeouts: {idle: -1}"), "timeouts.idle: expected a number of seconds above 0"),
    ],
)
def test_connections(folder: Folder, text: str, mistake: str) -> None:
    refuses(folder, text, mistake)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (GOOD + "deployments: {a: {connection: up}}", "a.model: expected a name without spaces, found nothing"),
        (GOOD + "deployments: {a: {model: m}}", "deployments.a.connection: expected text, found nothing"),
        (deployed("", connection="Up"), 'a.connection: expected a known connection (did you mean "up"?), found "Up"'),
        (
            deployed("modality: chats"),
            'text_embeddings, image_embeddings, images, audio, found "chats"',
        ),
        (deployed("zzz: 1"), "deployments.a.zzz: expected one of model, connection, "),
        (deployed("unsupported: seed"), 'deployments.a.unsupported: expected a list, found "seed"'),
        (deployed("dimensions: many"), "deployments.a.dimensions: expected a whole number from 1 up"),
        (deployed("", name="'a b'"), "deployments.a b: expected a name of 1 to 64 letters"),
        (deployed("", name="a" * 65), "expected a name of 1 to 64 letters"),
        (deployed("", name=".."), "deployments...: expected a name of 1 to 64 letters"),
        (deployed("sha256: abc", connection="here"), "deployments.a.sha256: expected 64 hexadecimal digits"),
        (deployed("source: pip:a/b"), "expected source only on a connection with provider: local, found provider: o"),
        (deployed("source: none.gguf", connection="here"), "found none.gguf (no such file)"),
        (deployed("source: 'hf:a'", connection="here"), "expected pip:PACKAGE/FILE, hf:OWNER/REPO/FILE or the path"),
        (
            deployed("}, A: {model: m, connection: up"),
            "deployments.A: expected names that differ in more than letter case",
        ),
        (
            deployed("hosts: [h.io]}, b: {model: m, connection: up, hosts: [x.io, H.IO]"),
            'deployments.b.hosts[1]: expected a host name that does not address "a" already, found "h.io"',
        ),
        (
            deployed("}, b: {model: m, connection: up, hosts: [a.localhost]"),
            'expected a host name that does not address "a" already, found "a.localhost"',
        ),
        (deployed("") + "default_deployment: b", 'zaffre.yaml:3: default_deployment: expected "a", found "b"'),
    ],
)
def test_deployments(folder: Folder, text: str, mistake: str) -> None:
    refuses(folder, text, mistake)


@pytest.mark.parametrize(
    ("key", "mistake"),
    [
        ("env:NONE", "keys[0]: expected a secret in the environment variable NONE, found nothing"),
        ("env:EMPTY", "keys[0]: expected a secret in the environment variable EMPTY, found nothing"),
        ("file:none", "keys[0]: expected a file that can be read, found none (No such file or directory)"),
        ("file:.", "(Is a directory)"),
        ('"file:a\\0b"', "keys[0]: expected a secret (env:NAME, file:PATH or plain text), found text"),
        ("file:long", "keys[0]: expected a shorter file, found long (longer than 65536 bytes)"),
        ("''", "keys[0]: expected a secret, found nothing"),
        ("null", "keys[0]: expected a secret (env:NAME, file:PATH or plain text), found nothing"),
        ('"a\\nb"', "keys[0]: expected one line of text, found control characters or several lines"),
    ],
)
def test_secrets(folder: Folder, key: str, mistake: str) -> None:
    folder.write("x" * 65537, "long")
    refuses(folder, f"keys: [{key}]", mistake)


def test_all_mistakes_of_a_file_are_shown_in_the_order_of_its_lines(folder: Folder) -> None:
    folder.write("rules:\n- reply: {txt: a}\n", "rules.yaml")
    lines = folder.mistakes(
        "default_deployment: none\n"
        "connections:\n"
        "  up: {provider: openia, base_url: x}\n"
        "  script: {provider: scripted, rules: rules.yaml}\n"
        "deployments:\n"
        "  a: {model: m, connection: down, modality: chats}\n"
        "  A: {connection: up}\n"
        "server: {port: x}\n"
    )
    assert [line.partition(": expected ")[0] for line in lines] == [
        "zaffre.yaml:1: default_deployment",
        "zaffre.yaml:3: connections.up.provider",
        "zaffre.yaml:3: connections.up.base_url",
        "zaffre.yaml:6: deployments.a.modality",
        "zaffre.yaml:6: deployments.a.connection",
        "zaffre.yaml:7: deployments.A.model",
        "zaffre.yaml:7: deployments.A",
        "zaffre.yaml:8: server.port",
        "rules.yaml:2: rules[0].reply.txt",
        "rules.yaml:2: rules[0].reply",
    ]


def test_a_mistake_that_an_alias_repeats_is_said_for_each_place(folder: Folder) -> None:
    lines = folder.mistakes(GOOD + "deployments:\n  a: &a {model: m, connection: up, dimensions: x}\n  b: *a\n")
    assert [line.partition(": expected")[0] for line in lines] == [
        "zaffre.yaml:3: deployments.a.dimensions",
        "zaffre.yaml:3: deployments.b.dimensions",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "keys: hush",
        "keys: hush: hush",
        "keys: [{a: hush}]",
        "keys: [[hush]]",
        "keys: [!hush]",
        "keys: [!hush!hush]",
        "keys: [!<hush> a]",
        "keys: [*hush]",
        "keys: [@hush]",
        "keys: [%hush, `hush`]",
        'keys: ["hush\\x01"]',
        "keys: [hush\nserver: [",
        "keys:\n  hush\n bad",
        "connections: hush",
        "connections: {a: hush}",
        "connections: {a: {provider: openai, credential: [hush]}}",
        "connections: {a: {provider: openai, credential: {x: hush}}}",
        "connections: {a: {provider: openai, headers: {x: [hush]}}}",
        "connections: {a: {provider: openai, headers: hush}}",
        "connections: {a: {provider: openai, credental: hush}}",
        "connections: {a: {provider: openai, base_url: 'http://u:hush@h'}}",
        "connections: {a: {provider: openai, base_url: 'http://u:hu[sh@hush'}}",
        "connections: {a: {provider: openai, base_url: 'http://h/?key=hush'}}",
        "keys: [file:secret.txt]",
    ],
)
def test_a_message_never_repeats_what_may_be_a_secret(folder: Folder, text: str) -> None:
    folder.write("hush\nhush", "secret.txt")
    lines = folder.mistakes(text)
    assert lines
    assert not [line for line in lines if "hush" in line]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("keys: [a", "zaffre.yaml:1: expected ',' or ']', found '<stream end>'"),
        ("keys: []\n\tserver: {}", "zaffre.yaml:2: expected YAML, found "),
        ("a: b: c", "zaffre.yaml:1: expected YAML, found mapping values are not allowed here"),
        ("a: 1\n---\nb: 1", "zaffre.yaml:2: expected one document, found a second one"),
        ("keys: [\n!!str a]", "zaffre.yaml:2: keys[0]: expected a value without a tag"),
        ("keys: []\na: \x01", "zaffre.yaml:2: expected text, found a control character"),
        ("keys: [*none]", "zaffre.yaml:1: keys[0]: expected an anchor that stands above"),
        ("server: &s {a: *s}", "zaffre.yaml:1: server.a: expected an anchor that stands above"),
        ("? [a]\n: b", "zaffre.yaml:1: expected a name before the colon, found a list"),
        ("server: {<<: 1}", "zaffre.yaml:1: server.<<: expected a mapping, or a list of mappings, to merge"),
        ("a: " + "[" * 40 + "]" * 40, "expected at most 32 levels, found more"),
        ("a: " + "[" * 100_000, "expected at most 32 levels, found more"),
    ],
)
def test_what_is_no_yaml_for_a_configuration_is_refused(folder: Folder, text: str, mistake: str) -> None:
    assert mistake in folder.mistakes(text)[0]


@pytest.mark.parametrize(
    "lines",
    [
        ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)],
        ["a0: &a0 {a: x}"] + [f"a{n}: &a{n} {{a: *a{n - 1}, b: *a{n - 1}}}" for n in range(1, 30)],
        ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 400)],
        ["a:"] + ["- x"] * 100_001,
    ],
)
def test_a_bomb_of_aliases_is_refused_at_once(folder: Folder, lines: list[str]) -> None:
    assert "expected at most" in folder.mistakes("\n".join(lines))[0]


def test_a_file_that_cannot_be_read_is_a_mistake_too(folder: Folder) -> None:
    with pytest.raises(ConfigError, match=r"zaffre.yaml: expected a file that can be read, found .*\(No such file"):
        load(folder.path / "zaffre.yaml", environ={}, providers=PROVIDERS)
    (folder.path / "zaffre.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigError, match=r"expected a text file in UTF-8, found .*\(no UTF-8 in line 2\)"):
        load(folder.path / "zaffre.yaml", environ={}, providers=PROVIDERS)


def test_the_error_names_the_files_whose_change_may_mend_it(folder: Folder) -> None:
    folder.write("rules: x", "rules.yaml")
    with pytest.raises(ConfigError) as caught:
        folder.load("keys: [file:none]\nconnections: {s: {provider: scripted, rules: rules.yaml}}")
    assert caught.value.files == {folder.path / name for name in ("zaffre.yaml", "none", "rules.yaml")}
