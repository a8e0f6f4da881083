"""Classifiers elsewhere, as a file names them; and what it must not say of them."""

import pytest
from msgspec import structs

from tests.config.written import Folder
from zaffre.config.safety_backends import ClassifierConfig, CombinationConfig, Cuts
from zaffre.config.secret import HeaderValue, Secret

SERVED = "connections: {up: {provider: openai}}\ndeployments: {Guard: {model: m, connection: up}}\n"


def classifier(fields: str) -> str:
    return f"{SERVED}classifiers:\n  there: {{{fields}}}\n"


def test_each_type_is_read_with_its_keys(folder: Folder) -> None:
    folder.environ = {"KEY": "a-secret"}
    text = f"""{SERVED}
classifiers:
  azure: {{type: azure-content-safety, base_url: "https://a.example", credential: env:KEY, timeout: 1.5}}
  openai: {{type: moderation, headers: {{X-A: b}}, cuts: {{hate: {{low: 0, medium: .5, high: 1}}}}}}
  guard: {{type: llama-guard, deployment: guard, codes: {{O1: [violence, hate], O2: minors}}}}
  shield: {{type: shield-gemma, deployment: Guard, on_error: closed, characters: 4000}}
  ours:
    type: http
    base_url: http://127.0.0.1:9
    path: /predict?all=true
    text: inputs
    body: {{options: {{wait: true}}}}
    scores: {{hate: [0.label=toxic.score, b], jailbreak: c}}
    attack_cut: 0.7
combination: {{default: mean, jailbreak: first, order: [guard, local]}}
"""
    config = folder.load(text).config
    assert config.classifiers == {
        "azure": ClassifierConfig("azure-content-safety", "https://a.example", Secret("a-secret"), timeout=1.5),
        "openai": ClassifierConfig("moderation", headers={"X-A": HeaderValue("b")}, cuts={"hate": Cuts(0, 0.5, 1)}),
        "guard": ClassifierConfig(
            "llama-guard", deployment="guard", codes={"O1": ("violence", "hate"), "O2": "minors"}
        ),
        "shield": ClassifierConfig("shield-gemma", deployment="Guard", on_error="closed", characters=4000),
        "ours": ClassifierConfig(
            "http",
            "http://127.0.0.1:9",
            path="/predict?all=true",
            text="inputs",
            body={"options": {"wait": True}},
            scores={"hate": ("0.label=toxic.score", "b"), "jailbreak": "c"},
            attack_cut=0.7,
        ),
    }
    assert config.combination == CombinationConfig("mean", jailbreak="first", order=("guard", "local"))
    ways = {field.name: config.combination.way(field.name) for field in structs.fields(CombinationConfig)[1:-1]}
    assert ways == dict.fromkeys(ways, "mean") | {"jailbreak": "first"}


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        (
            "type: azure-content-safety",
            "base_url: expected base_url, since the type is azure-content-safety, found nothing",
        ),
        ("type: llama-guard", "deployment: expected deployment, since the type is llama-guard, found nothing"),
        ("type: http, base_url: 'http://a'", "scores: expected scores, since the type is http, found nothing"),
        (
            "type: moderation, deployment: Guard",
            "deployment: expected deployment only with type: llama-guard or shield",
        ),
        ("type: shield-gemma, deployment: Guard, base_url: 'http://a'", "base_url: expected base_url only with type: "),
        ("type: llama-guard, deployment: gard", 'expected a known deployment (did you mean "Guard"?), found "gard"'),
        ("type: moderation, cuts: {hate: {low: .5, medium: .4, high: .8}}", "cuts.hate: expected a low, a medium and"),
        ("type: moderation, cuts: {hate: {low: .5, medium: .6, high: 8}}", "high: expected a number from 0 to 1"),
        ("type: http, base_url: 'http://a', scores: {hate: a}, path: predict", "path: expected a path that begins"),
        ("type: http, base_url: 'http://a', scores: {hat: a, hate: b}", "scores.hat: expected one of hate, sexual"),
        (
            "type: perspective",
            "type: expected one of azure-content-safety, moderation, llama-guard, shield-gemma, http",
        ),
    ],
)
def test_what_does_not_fit_is_refused(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(classifier(fields))
    assert mistake in line


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("classifiers: {Local: {type: moderation}}", 'classifiers.Local: expected another name than "local" and'),
        ("classifiers: {combined: {type: moderation}}", 'classifiers.combined: expected another name than "local"'),
        ("combination: {order: []}", "combination.order: expected the name of a classifier"),
        ("combination: {order: [locl]}", 'combination.order[0]: expected a known classifier (did you mean "local"?)'),
        ("combination: {order: [local, local]}", "combination.order[1]: expected each classifier once"),
        ("combination: {hate: min}", "combination.hate: expected one of max, first, mean"),
    ],
)
def test_names_and_ways_have_to_be_known(folder: Folder, text: str, mistake: str) -> None:
    (line,) = folder.mistakes(f"{SERVED}{text}\n")
    assert mistake in line
