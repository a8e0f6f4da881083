"""Whose tokens are taken and what they grant, as a file says it; and what it must not say."""

import re
from pathlib import Path

import pytest

from tests.config.written import Folder
from zaffre.config.identity import IdentityConfig, Role, is_safe
from zaffre.config.load import load
from zaffre.core.surface import Surface

ISSUER = "https://login.example/tenant/v2.0"
SERVED = "connections: {up: {provider: openai}}\ndeployments: {Demo: {model: m, connection: up}}\n"


def identity(fields: str) -> str:
    return f"{SERVED}identity: {{{fields}}}\n"


def test_an_issuer_is_enough_and_said_to_let_in_everybody(folder: Folder) -> None:
    loaded = folder.load(identity(f"issuer: {ISSUER}"))
    assert loaded.config.identity == IdentityConfig(ISSUER)
    (warning,) = loaded.warnings
    assert "zaffre.yaml:3: identity has no roles: whoever has a token of the issuer" in warning


def test_roles_are_read_with_all_that_they_name(folder: Folder) -> None:
    role = "{deployments: [demo], surfaces: [inference, openai], groups: [g], scopes: [s], apps: [a], subjects: [x]}"
    loaded = folder.load(
        identity(f"issuer: {ISSUER}, roles: {{Models.Use: {role}, all: {{deployments: all, anyone: yes}}}}")
    )
    assert loaded.warnings == ()
    assert loaded.config.identity is not None
    assert loaded.config.identity.roles == {
        "Models.Use": Role(("demo",), (Surface.INFERENCE, Surface.V1), ("g",), ("s",), ("a",), ("x",)),
        "all": Role("all", anyone=True),
    }


def test_a_role_for_a_deployment_that_is_not_there_is_warned_of(folder: Folder) -> None:
    loaded = folder.load(identity(f"issuer: {ISSUER}, roles: {{a: {{deployments: [DEMO, dem]}}}}"))
    (warning,) = loaded.warnings
    assert warning.endswith("zaffre.yaml:3: identity.roles.a.deployments[1] is no deployment of this file: dem")


@pytest.mark.parametrize("issuer", ["https://a.auth0.com/", "http://127.0.0.1:8080/realms/a", "http://[::1]:80/a"])
def test_an_issuer_is_kept_to_the_letter(folder: Folder, issuer: str) -> None:
    config = folder.load(identity(f"issuer: '{issuer}'")).config
    assert config.identity is not None
    assert config.identity.issuer == issuer


def test_a_template_has_tenants(folder: Folder) -> None:
    text = identity("issuer: 'https://login.example/{tenantid}/v2.0', tenants: [a, b], audiences: [api://zaffre]")
    config = folder.load(text).config
    assert config.identity == IdentityConfig("https://login.example/{tenantid}/v2.0", ("a", "b"), ("api://zaffre",))


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("audiences: [a]", "identity.issuer: expected an issuer's address as its tokens have it"),
        ("issuer: login.example", "identity.issuer: expected an issuer's address"),
        ("issuer: 'http://login.example'", "https:// (http:// on the loopback interface only)"),
        ("issuer: 'https://u@login.example'", "identity.issuer: expected an issuer's address"),
        ("issuer: 'https://login.example/?a'", "identity.issuer: expected an issuer's address"),
        ("issuer: 'https://login.example/a b'", "identity.issuer: expected an issuer's address"),
        ("issuer: 'https://login.example:x/'", "identity.issuer: expected an issuer's address"),
        ("issuer: 'https:///a'", "identity.issuer: expected an issuer's address"),
        (
            "issuer: 'https://a/{tenantid}'",
            "identity.tenants: expected a list of tenants, since the issuer has {tenantid}, found nothing",
        ),
    ],
)
def test_a_wrong_issuer_is_said_with_its_line(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(identity(fields))
    assert line.startswith("zaffre.yaml:3: ")
    assert mistake in line


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("tenants: [a]", "issuer: expected an issuer with {tenantid}, since there are tenants, found one without"),
        ("audiences: []", "audiences: expected an audience (leave the key out for Azure's own), found none"),
        ("audience: a", 'audience: expected a known key (did you mean "audiences"?), found "audience"'),
        (
            "roles: {}",
            "roles: expected a role (leave the key out to let every good token use every deployment), found none",
        ),
        ("roles: [a]", "roles: expected a mapping, found a list"),
        ("roles: {a: {}}", 'roles.a.deployments: expected "all" or a list, found nothing'),
        ("roles: {a: {deployments: some}}", 'roles.a.deployments: expected "all", found "some"'),
        ("roles: {a: {deployments: ['a b']}}", "roles.a.deployments[0]: expected a name of 1 to 64 letters"),
        (
            "roles: {a: {deployments: all, surfaces: [all]}}",
            "roles.a.surfaces[0]: expected one of inference, azure-openai, openai, content-safety, management",
        ),
        ("roles: {a b: {deployments: all}}", "roles.a b: expected a name without spaces"),
    ],
)
def test_a_mistake_is_said_with_its_line(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(identity(f"issuer: {ISSUER}, {fields}"))
    assert line.startswith(f"zaffre.yaml:3: identity.{mistake}")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a/b?c=d", True),
        ("http://localhost:80/", True),
        ("http://127.0.0.1.example/", False),
        ("http://a/", False),
        ("ftp://localhost/", False),
        ("https://", False),
        ("https://[::1", False),
    ],
)
def test_keys_come_over_https_or_from_this_machine(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


def test_the_examples_of_the_page_about_identity_load(folder: Folder) -> None:
    page = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        loaded = load(folder.write(example), environ={}, providers=["vllm"])
        assert loaded.config.identity is not None
        assert loaded.config.identity.roles
