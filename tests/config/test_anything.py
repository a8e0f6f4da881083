"""Whatever a file says, it is read or refused in words; nothing else is ever raised."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.written import PROVIDERS
from zaffre.config.load import load
from zaffre.config.mistakes import ConfigError

PIECES = [
    "keys",
    "connections",
    "deployments",
    "server",
    "rules",
    "when",
    "reply",
    "text",
    "tools",
    "json",
    "tool_calls",
    "status",
    "provider",
    "scripted",
    "local",
    "openai",
    "model",
    "connection",
    "hosts",
    "headers",
    "timeouts",
    "tls",
    "cert",
    "dev",
    "port",
    "max_body",
    "domains",
    "source",
    "base_url",
    "identity",
    "issuer",
    "roles",
    "https://a/{tenantid}",
    ":",
    ",",
    "[",
    "]",
    "{",
    "}",
    "-",
    "?",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    '"',
    "#",
    "%",
    "@",
    "`",
    "<<",
    "~",
    "null",
    "true",
    "on",
    "1",
    "1.5",
    "1e999",
    ".inf",
    "env:",
    "file:",
    "rules.yaml",
    "http://",
    "2024-11-20",
    "",
]
TEXT = st.lists(st.sampled_from([*PIECES, " ", " ", ": ", "\n", "\n  ", "\n- "]), max_size=60).map("".join)


def survives(content: bytes, rules: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "zaffre.yaml")
        path.write_bytes(content)
        Path(folder, "rules.yaml").write_bytes(rules)
        with suppress(ConfigError):
            load(path, environ={}, providers=PROVIDERS)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_any_text_is_read_or_refused(text: str) -> None:
    survives(text.encode(), b"rules: []")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    survives(content, content)


VALUE = st.recursive(
    st.sampled_from(["on", "1", "~", "a b", "'x'", "env:A", "rules.yaml", "scripted", "http://h", "[]", "{}", "auto"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(PIECES[:30]).filter(str.isidentifier), inner, max_size=4).map(
            lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"
        ),
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(["keys", "connections", "deployments", "server", "default_deployment"])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, VALUE), VALUE)
def test_any_shape_is_read_or_refused(entries: dict[str, str], rules: str) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in entries.items())
    survives(text.encode(), f"rules: {rules}".encode())
