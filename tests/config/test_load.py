"""A configuration file becomes values: what is read, from where, and what it turns into."""

import re
from pathlib import Path

import pytest

from tests.config.written import PROVIDERS, Folder
from zaffre.config.load import data_folder, defaults, load, proxies
from zaffre.config.mistakes import ConfigError, Mistake
from zaffre.config.modality import MODEL_TYPES, modality_of
from zaffre.config.schema import Config, Timeouts
from zaffre.config.secret import Secret
from zaffre.core.modality import Modality

EXAMPLE = """\
# zaffre.yaml
keys: [env:ZAFFRE_KEY, "plain-is-allowed-with-a-warning"]
connections:
  vllm:   {provider: openai, base_url: "http://127.0.0.1:8000/v1", credential: "env:VLLM_KEY"}
  script: {provider: scripted, rules: rules.yaml}          # path relative to this file
  local:  {provider: local}
deployments:
  Mistral-large: {model: mistral-large-2411, version: "1", connection: vllm, upstream_model: mistral-large-latest}
  demo:          {model: scripted-chat, connection: script, model_type: chat-completion, unsupported: [response_format]}
  demo-embed:    {model: scripted-embed, connection: script, model_type: embedding, dimensions: 16}
  demo-image:    {model: scripted-image-embed, connection: script, model_type: embedding, modality: image_embeddings}
  smollm2:       {model: smollm2-135m-instruct, connection: local}
"""
RULES = "rules: [{reply: {text: Hello}}]\n"
CONNECTION = "connections: {up: {provider: openai}}\n"
LOCAL = "connections: {here: {provider: local}}\n"


def test_the_published_example_loads(folder: Folder) -> None:
    folder.write(RULES, "rules.yaml")
    loaded = folder.load(EXAMPLE, {"ZAFFRE_KEY": "from the environment", "VLLM_KEY": "vllm's"})
    config = loaded.config
    assert [key.reveal() for key in config.keys] == ["from the environment", "plain-is-allowed-with-a-warning"]
    vllm, script = config.connections["vllm"], config.connections["script"]
    assert (vllm.provider, vllm.base_url, vllm.timeouts) == ("openai", "http://127.0.0.1:8000/v1", Timeouts())
    assert vllm.credential == Secret("vllm's")
    assert script.rules is not None
    assert [rule.reply.text for rule in script.rules.rules] == ["Hello"]
    mistral, demo = config.deployments["Mistral-large"], config.deployments["demo"]
    assert (mistral.model, mistral.version, mistral.upstream_name) == (
        "mistral-large-2411",
        "1",
        "mistral-large-latest",
    )
    assert (demo.model_type, demo.unsupported, demo.upstream_name) == (
        "chat-completion",
        ("response_format",),
        "scripted-chat",
    )
    assert config.deployments["demo-embed"].dimensions == 16
    assert config.deployments["demo-image"].modality is Modality.IMAGE_EMBEDDINGS
    assert list(config.deployments) == ["Mistral-large", "demo", "demo-embed", "demo-image", "smollm2"]
    assert [warning.replace(f"{folder.path}/", "") for warning in loaded.warnings] == [
        "zaffre.yaml:2: keys[1] is written in the file in plain text; use env: or file:"
    ]
    assert loaded.files == {folder.path / "zaffre.yaml", folder.path / "rules.yaml"}


def test_scalars_stay_text_where_text_is_meant(folder: Folder) -> None:
    config = folder.load(
        CONNECTION
        + "keys: [on, 12, 1.10, 2024-11-20, 0x1F, 'null', yes, 1_000]"
        + "\ndeployments:\n  yes: {model: 1.10, version: 2024-11-20, connection: up, publisher: off}\n"
    ).config
    assert [key.reveal() for key in config.keys] == ["on", "12", "1.10", "2024-11-20", "0x1F", "null", "yes", "1_000"]
    deployment = config.deployments["yes"]
    assert (deployment.model, deployment.version, deployment.publisher) == ("1.10", "2024-11-20", "off")


@pytest.mark.parametrize(("text", "value"), [("on", True), ("Yes", True), ("TRUE", True)])
def test_booleans_are_read_where_they_are_meant(folder: Folder, text: str, value: bool) -> None:
    tls = folder.load(f"server: {{tls: {{dev: {text}}}}}").config.server.tls
    assert tls is not None
    assert tls.dev is value


@pytest.mark.parametrize(
    ("text", "size"), [("1000", 1000), ("32MB", 2**25), ("32 MiB", 2**25), ("4kb", 4096), ("1GB", 2**30), ("7B", 7)]
)
def test_sizes_may_have_units(folder: Folder, text: str, size: int) -> None:
    assert folder.load(f"server: {{max_body: {text}}}").config.server.max_body == size


def test_a_key_with_nothing_behind_it_is_a_key_left_out(folder: Folder) -> None:
    text = "keys:\nserver:\n  port: ~\n  tls: null\ndeployments: {a: {model: m, connection: up, version: }}\n"
    config = folder.load(CONNECTION + text).config
    assert config.keys == ()
    assert config.server == Config().server
    assert config.deployments["a"].version is None


def test_anchors_aliases_and_merge_keys_work(folder: Folder) -> None:
    config = folder.load(
        "connections: {up: {provider: openai}}\n"
        "deployments:\n"
        "  a: &a {model: m, connection: up, context: 100}\n"
        "  b: {<<: *a, context: 200}\n"
        "  c: {<<: [{version: '2'}, *a]}\n"
    ).config
    assert config.deployments["a"] == config.deployments["c"].__class__("m", "up", context=100)
    assert (config.deployments["b"].model, config.deployments["b"].context) == ("m", 200)
    assert (config.deployments["c"].version, config.deployments["c"].context) == ("2", 100)


def test_a_secret_may_come_from_a_file_beside_the_configuration(folder: Folder) -> None:
    folder.write("  in-a-file \n", "key.txt")
    loaded = folder.load("keys: ['file:key.txt']")
    assert [key.reveal() for key in loaded.config.keys] == ["in-a-file"]
    assert folder.path / "key.txt" in loaded.files


def test_a_secret_is_not_shown_by_anything_that_prints_it(folder: Folder) -> None:
    folder.environ = {"K": "hush"}
    loaded = folder.load("keys: [env:K]\nconnections: {up: {provider: openai, credential: hush, headers: {x-a: hush}}}")
    assert "hush" not in f"{loaded} {loaded.config!r} {loaded.config.keys[0]} {loaded.warnings}"
    assert loaded.config.connections["up"].headers["x-a"].reveal() == "hush"


def test_secrets_are_compared_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


def test_plain_credentials_are_warned_about_and_plain_headers_are_not(folder: Folder) -> None:
    text = "connections:\n  up:\n    provider: openai\n    credential: x\n    headers: {a: b}\n"
    warnings = folder.load(text + "deployments: {a: {model: m, connection: up}}").warnings
    assert len(warnings) == 1
    assert "zaffre.yaml:4: connections.up.credential is written in the file in plain text" in warnings[0]


def test_a_file_without_deployments_is_warned_about(folder: Folder) -> None:
    assert "no model is served" in folder.load("").warnings[0]


def test_local_weights_may_be_named(folder: Folder) -> None:
    weights = folder.write("", "my.gguf")
    digest = "AB" * 32
    for source, read in (("my.gguf", str(weights)), ("hf:o/r/f.gguf", "hf:o/r/f.gguf"), ("pip:a==1/f", "pip:a==1/f")):
        deployment = f"{{model: m, connection: here, source: '{source}', sha256: {digest}}}"
        config = folder.load(LOCAL + f"deployments: {{a: {deployment}}}").config
        assert (config.deployments["a"].source, config.deployments["a"].sha256) == (read, digest.lower())


def test_names_are_matched_in_any_letter_case_and_spelled_as_declared(folder: Folder) -> None:
    text = "deployments: {Demo: {model: m, connection: up, hosts: [Chat.Example.ORG]}}\ndefault_deployment: dEMO\n"
    config = folder.load(CONNECTION + text).config
    assert config.default_deployment == "Demo"
    assert config.deployments["Demo"].hosts == ("chat.example.org",)


def test_tls_files_are_watched_too(folder: Folder) -> None:
    cert, key = folder.write("", "cert.pem"), folder.write("", "key.pem")
    loaded = folder.load("server: {tls: {cert: cert.pem, key: key.pem, port: 8443}}")
    tls = loaded.config.server.tls
    assert tls is not None
    assert (tls.cert, tls.key, tls.port) == (cert, key, 8443)
    assert {cert, key} <= loaded.files


def test_a_mistake_found_later_still_has_its_line(folder: Folder) -> None:
    loaded = folder.load("connections:\n  up:\n    provider: openai\n")
    here = loaded.outline.place(("connections", "up", "provider"))
    above = loaded.outline.place(("connections", "up", "base_url"))
    assert str(here).endswith("zaffre.yaml:3: connections.up.provider")
    assert str(Mistake(above, "an address", "nothing")).endswith(
        "zaffre.yaml:2: connections.up.base_url: expected an address, found nothing"
    )


def test_a_relative_file_name_stays_so_in_messages(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path)
    folder.write("connections: {s: {provider: scripted, rules: rules.yaml}}\nserver: {port: x}\n")
    folder.write("rules: [{}]", "rules.yaml")
    with pytest.raises(
        ConfigError, match=re.compile(r"^zaffre.yaml:2: .*\nrules.yaml:1: rules\[0\].reply: ", re.DOTALL)
    ):
        load("zaffre.yaml", environ={}, providers=PROVIDERS)


def test_without_a_file_two_local_models_are_served() -> None:
    config = defaults([Secret("k")])
    assert config.keys == (Secret("k"),)
    assert {name: deployment.model for name, deployment in config.deployments.items()} == {
        "smollm2": "smollm2-135m-instruct",
        "minilm": "all-minilm-l6-v2",
    }
    assert {connection.provider for connection in config.connections.values()} == {"local"}


def test_proxies_come_from_the_environment_in_either_letter_case() -> None:
    found = proxies(
        {"HTTPS_PROXY": "http://u:hush@p:1", "https_proxy": "http://p:2", "NO_PROXY": "a,.b", "ALL_PROXY": "x:3"}
    )
    assert {scheme: url.reveal() for scheme, url in found.by_scheme.items()} == {"https": "http://p:2", "http": "x:3"}
    assert found.no_proxy == "a,.b"
    assert proxies({}).by_scheme == {}
    assert "hush" not in repr(proxies({"HTTPS_PROXY": "http://u:hush@p:1"}))


@pytest.mark.parametrize(
    ("environ", "folder_path"),
    [
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/me"}, "/data/zaffre"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/home/me"}, "/home/me/.local/share/zaffre"),
        ({"HOME": "/home/me"}, "/home/me/.local/share/zaffre"),
    ],
)
def test_data_is_kept_where_the_xdg_specification_says(environ: dict[str, str], folder_path: str) -> None:
    assert data_folder(environ) == Path(folder_path)


@pytest.mark.parametrize(
    ("model_type", "modality"),
    [
        ("chat-completion", Modality.CHAT),
        ("Chat_Completions", Modality.CHAT),
        ("completion", Modality.COMPLETIONS),
        ("embedding", Modality.TEXT_EMBEDDINGS),
        ("image_embeddings", Modality.IMAGE_EMBEDDINGS),
        ("rerank", None),
    ],
)
def test_a_model_type_means_a_modality(model_type: str, modality: Modality | None) -> None:
    assert modality_of(model_type) is modality


def test_the_model_type_of_every_modality_means_it() -> None:
    assert {modality_of(model_type) for model_type in MODEL_TYPES.values()} == set(Modality)


def test_keys_of_a_deployment_that_its_provider_does_not_heed_are_told(folder: Folder) -> None:
    folder.write("rules: [{reply: {text: hi}}]", "rules.yaml")
    warnings = folder.load(
        "connections:\n"
        "  {up: {provider: openai}, here: {provider: local}, script: {provider: scripted, rules: rules.yaml}}\n"
        "deployments:\n"
        "  far: {model: m, connection: up, dimensions: 8, context: 8}\n"
        "  near: {model: m, connection: here, dimensions: 8, context: 8}\n"
        "  told: {model: m, connection: script, dimensions: 8, context: 8}\n"
    ).warnings
    assert [warning.replace(f"{folder.path}/", "") for warning in warnings] == [
        "zaffre.yaml:4: deployments.far.dimensions does nothing with provider: openai",
        "zaffre.yaml:4: deployments.far.context does nothing with provider: openai",
        "zaffre.yaml:5: deployments.near.dimensions does nothing with provider: local",
    ]
