"""The reference in docs/configuration.md: every key with its default, and examples that load."""

import re
from pathlib import Path

import pytest
from msgspec import NODEFAULT, Struct, structs

from tests.config.written import Folder
from zaffre.config import filters, identity, policies, retirement, rules, safety_backends, schema
from zaffre.config.load import data_folder, proxies
from zaffre.config.reading import Reader
from zaffre.config.tree import compose

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
_PARTS = re.split(r"^##+ (.+)$", TEXT, flags=re.MULTILINE)[1:]
SECTIONS = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
BLOCKS = re.findall(r"^```yaml\n(# (\S+)\n.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
STRUCTS: list[tuple[str, type[Struct]]] = [
    ("Top level", schema.Config),
    ("Connections", schema.ConnectionConfig),
    ("Timeouts", schema.Timeouts),
    ("Deployments", schema.DeploymentConfig),
    ("Content filters", filters.FilterConfig),
    ("A harm", filters.Harm),
    ("A threshold", filters.Threshold),
    ("A side", filters.Sides),
    ("A list in use", filters.ListUse),
    ("Blocklists", filters.BlocklistConfig),
    ("An item", filters.Item),
    ("Limits", schema.LimitsConfig),
    ("Policies", policies.Policy),
    ("Retirement", retirement.Retirement),
    ("Identity", identity.IdentityConfig),
    ("Roles", identity.Role),
    ("Classifiers", safety_backends.ClassifierConfig),
    ("Cuts", safety_backends.Cuts),
    ("Combination", safety_backends.CombinationConfig),
    ("Server", schema.ServerConfig),
    ("TLS", schema.Tls),
    ("The rules file", rules.Rule),
    ("When", rules.When),
    ("Reply", rules.Reply),
]


def rows(section: str) -> dict[str, str]:
    """Key -> default, as the section's table has them."""
    cells = [line.split(" | ") for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    return {row[0].strip("| `"): row[2].strip() for row in cells}


@pytest.mark.parametrize(("section", "kind"), STRUCTS)
def test_every_key_is_documented_and_no_other(section: str, kind: type[Struct]) -> None:
    assert set(rows(section)) == {field.name for field in structs.fields(kind)}


@pytest.mark.parametrize(("section", "kind"), STRUCTS)
def test_the_documented_defaults_are_the_real_ones(section: str, kind: type[Struct]) -> None:
    documented = rows(section)
    for field in structs.fields(kind):
        written = documented[field.name]
        assert (written == "required") == field.required
        if field.default not in (NODEFAULT, None) and isinstance(field.default, str | int | float | tuple):
            node = compose(written.strip("`"), "", [])
            assert node is not None
            assert Reader("", {}, []).read(node, field.type, "") == field.default or written == "none"


def test_a_scripted_calls_keys_are_documented() -> None:
    assert all(f"`{name}`" in SECTIONS["Reply"] for name in rules.ScriptedCall.__struct_fields__)


def test_every_example_loads(folder: Folder) -> None:
    for name in re.findall(r"file:(\S+?)[\],\s]|(\S+?\.(?:pem|gguf))", TEXT):
        path = folder.path / (name[0] or name[1])
        path.parent.mkdir(exist_ok=True)
        path.write_text("a-secret")
    folder.environ = dict.fromkeys(re.findall(r"env:(\w+)", TEXT), "a-secret")
    for text, name in BLOCKS:
        if name != "zaffre.yaml":
            folder.write(text, name)
    examples = [text for text, name in BLOCKS if name == "zaffre.yaml"]
    assert len(examples) == 8
    for example in examples:
        assert folder.load(example).warnings == ()


def test_the_mistakes_shown_are_the_ones_that_zaffre_makes(folder: Folder) -> None:
    shown = [line.strip() for line in TEXT.splitlines() if line.startswith("    zaffre.yaml:")]
    lines = folder.mistakes(
        "connections:\n  vllm: {provider: openai}\n\n\n\n\ndeployments:\n"
        "  demo: {model: a, connection: vllm, modality: chats,\n    conection: vllm}\n"
    )
    assert lines == shown


@pytest.mark.parametrize("name", ["XDG_DATA_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"])
def test_the_variables_that_are_read_are_documented(name: str) -> None:
    assert f"`{name}`" in SECTIONS["The environment"]
    assert (data_folder({name: "/x"}), proxies({name: "/x"})) != (data_folder({}), proxies({}))
