"""`zaffre policy`: the rules, and the deployments that break them."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.command import CONFIG, environment, written, zaffre

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")

POLICIES = """\
policies:
  - {name: no-embedding, models: ["*-embed"], message: Use the shared one}
  - {name: small, effect: allow, models: ["scripted-*"]}
"""


def test_a_file_that_breaks_its_own_rules_is_refused_with_line_and_rule(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + POLICIES)
    done = zaffre("check", config)
    assert done.returncode == 2
    assert done.stderr == (
        f"{config}:6: deployments.embed.model: expected a deployment that policy no-embedding allows, "
        'found model "scripted-embed" (Use the shared one)\n'
    )


def test_check_names_every_deployment_that_breaks_a_rule_and_fails(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + POLICIES)
    done = zaffre("policy", "check", "--config", config, "--data", tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == 'embed: denied by no-embedding: model "scripted-embed" (Use the shared one)\n'


def test_check_says_the_same_as_json(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + POLICIES)
    done = zaffre("policy", "check", "--json", "--config", config, "--data", tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {
            "deployment": "embed",
            "policy": "no-embedding",
            "reason": 'model "scripted-embed" (Use the shared one)',
            "fields": {"model": "scripted-embed"},
        }
    ]


def test_check_is_content_where_all_keep_the_rules(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + 'policies: [{name: small, effect: allow, models: ["scripted-*"]}]\n')
    done = zaffre("policy", "check", "--config", config, "--data", tmp_path)
    assert (done.returncode, done.stdout) == (0, "good: no policy denies any of 2 deployments\n")
    assert zaffre("check", config).returncode == 0


def test_check_still_refuses_a_file_with_other_mistakes(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + "policies: [{name: a}]\n")
    assert zaffre("policy", "check", "--config", config).returncode == 2


def test_list_shows_the_rules(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + POLICIES)
    at = ("--config", config, "--data", tmp_path)
    assert zaffre("policy", "list", *at).returncode == 2
    allowed = written(tmp_path, CONFIG + POLICIES.replace("embed", "image"))
    lines = [line.split() for line in zaffre("policy", "list", *at).stdout.splitlines()]
    assert lines[1:] == [
        ["no-imageding", "deny", "*-image", f"{allowed}:8"],
        ["small", "allow", "scripted-*", f"{allowed}:9"],
    ]
    told = json.loads(zaffre("policy", "list", "--json", *at).stdout)
    assert told[1] == {"name": "small", "effect": "allow", "models": ["scripted-*"], "from": f"{allowed}:9"}


def test_a_rule_made_while_the_server_runs_denies_what_comes_later(tmp_path: Path) -> None:
    at = ("--config", written(tmp_path), "--data", tmp_path)
    assert zaffre("policy", "create", "none", "--models", "scripted-e*", *at).returncode == 0
    done = zaffre("deployment", "create", "more", "--model", "scripted-embed", *at)
    assert (done.returncode, "policy 'none'" in done.stderr) == (2, True)
    assert zaffre("policy", "check", *at).stdout == 'embed: denied by none: model "scripted-embed"\n'
    assert zaffre("policy", "update", "none", "--models", "gpt-*", *at).returncode == 0
    assert zaffre("deployment", "create", "more", "--model", "scripted-embed", *at).returncode == 0
    assert zaffre("policy", "delete", "none", *at).returncode == 0
    assert zaffre("policy", "check", *at).returncode == 0


def test_a_stored_rule_about_everything_is_refused(tmp_path: Path) -> None:
    done = zaffre("policy", "create", "all", "--data", tmp_path)
    assert done.returncode == 2
    assert "expected one of publishers, models" in done.stderr


def test_without_a_file_there_are_no_rules(tmp_path: Path) -> None:
    assert len(zaffre("policy", "list", "--data", tmp_path).stdout.splitlines()) == 1
    assert zaffre("policy", "check", "--data", tmp_path).returncode == 0


def test_the_pages_example_keeps_its_rules(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "zaffre.yaml").write_text(example, encoding="utf-8")
    lines = [line.split() for line in PAGE.splitlines() if line.startswith("    zaffre policy")]
    assert len(lines) == 3
    for _, *arguments in lines:
        done = zaffre(*arguments, env=environment(AZURE_KEY="a-key"), cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("rule", ["capacity: 50", 'version: "1"', "model: Mistral-Large-3"])
def test_the_pages_rules_deny_what_they_are_said_to(tmp_path: Path, rule: str) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    other = {
        "capacity: 50": "capacity: 101",
        'version: "1"': "version: 1-Preview",
        "model: Mistral-Large-3": "model: Phi-4",
    }
    (tmp_path / "zaffre.yaml").write_text(example.replace(rule, other[rule]), encoding="utf-8")
    done = zaffre("check", "zaffre.yaml", env=environment(AZURE_KEY="a-key"), cwd=tmp_path)
    assert done.returncode == 2


def test_the_mistake_that_the_page_shows_is_the_one_that_zaffre_makes(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + POLICIES)
    (shown,) = [line.strip() for line in PAGE.splitlines() if line.startswith("    zaffre.yaml:")]
    assert zaffre("check", config.name, cwd=tmp_path).stderr == f"{shown}\n"
