"""A scripted model's rules file: what it means and what it may not say."""

import re

import pytest
from msgspec import UNSET

from tests.config.written import Folder
from zaffre.config.rules import Reply, Rule, ScriptedCall, When

EXAMPLE = """\
# rules.yaml: the first rule whose `when` fits the last message answers
rules:
  - when: {role: user, text: "how many feet"}              # text: regular expression, case-insensitive
    reply: {text: "There are 5,280 feet in a mile."}
  - when: {role: user, text: "weather", tools: get_weather} # tools: a tool of that name is offered
    reply: {tool_calls: [{name: get_weather, arguments: {city: Seattle}}]}
  - when: {role: tool}
    reply: {text: "The tool said: {text}"}                  # {text}: the last message's text
  - when: {tools: true}                                     # any tool is offered and tool_choice is not none
    reply: {tool_calls: auto}
  - when: {response_format: json}                           # json_object or json_schema was asked for
    reply: {json: auto}                                     # a JSON answer that fits the schema
  - when: {parts: image_url}                                # the message has such a part
    reply: {text: "Balls being juggled."}
  - when: {text: "^fail$"}
    reply: {status: 429, retry_after: 2}
  - when: {text: "^slow$"}
    reply: {text: "one two three", delay_ms: 50}            # before each streamed word
  - when: {text: "^cut$"}
    reply: {text: "one two three", cut_after: 2}            # the connection breaks after two words
  - reply: {text: "You said: {text}"}                       # no `when`: always fits
"""


def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def written(folder: Folder, rules: str) -> str:
    """The configuration of a connection with these rules."""
    folder.write(rules, "rules.yaml")
    return "connections: {s: {provider: scripted, rules: rules.yaml}}\ndeployments: {d: {model: m, connection: s}}"


def read(folder: Folder, rules: str) -> tuple[Rule, ...]:
    file = folder.load(written(folder, rules)).config.connections["s"].rules
    assert file is not None
    assert file.path == folder.path / "rules.yaml"
    return file.rules


def reply(folder: Folder, fields: str) -> Reply:
    return read(folder, f"rules: [{{reply: {{{fields}}}}}]")[0].reply


def test_the_published_rules_load(folder: Folder) -> None:
    assert read(folder, EXAMPLE) == (
        Rule(Reply(text="There are 5,280 feet in a mile."), When(role="user", text=pattern("how many feet"))),
        Rule(
            Reply(tool_calls=(ScriptedCall("get_weather", {"city": "Seattle"}),)),
            When(role="user", text=pattern("weather"), tools="get_weather"),
        ),
        Rule(Reply(text="The tool said: {text}"), When(role="tool")),
        Rule(Reply(tool_calls="auto"), When(tools=True)),
        Rule(Reply(json="auto"), When(response_format="json")),
        Rule(Reply(text="Balls being juggled."), When(parts="image_url")),
        Rule(Reply(status=429, retry_after=2), When(text=pattern("^fail$"))),
        Rule(Reply(text="one two three", delay_ms=50), When(text=pattern("^slow$"))),
        Rule(Reply(text="one two three", cut_after=2), When(text=pattern("^cut$"))),
        Rule(Reply(text="You said: {text}")),
    )


def test_arguments_and_json_have_the_types_of_json(folder: Folder) -> None:
    values = "{a: 1, b: 1.5, c: true, d: null, e: ~, f: 'true', g: on, h: 2024-11-20, i: [1e3, .inf], 7: {j: -0}}"
    meaning = {
        "a": 1, "b": 1.5, "c": True, "d": None, "e": None, "f": "true", "g": "on", "h": "2024-11-20",
        "i": [1000.0, ".inf"], "7": {"j": 0},
    }  # fmt: skip
    assert reply(folder, f"json: {values}").json == meaning
    assert reply(folder, f"tool_calls: [{{name: f, id: '42', arguments: {values}}}]").tool_calls == (
        ScriptedCall("f", meaning, "42"),
    )


@pytest.mark.parametrize(("value", "meaning"), [("null", None), ("5", 5), ("auto", "auto"), ("[]", [])])
def test_any_json_value_may_be_answered(folder: Folder, value: str, meaning: object) -> None:
    assert reply(folder, f"json: {value}").json == meaning


def test_no_json_is_told_from_null(folder: Folder) -> None:
    assert reply(folder, "text: a").json is UNSET


@pytest.mark.parametrize(
    ("tools", "meaning"), [("true", True), ("'true'", "true"), ("on", True), ("no", False), ("f", "f")]
)
def test_tools_are_asked_for_by_name_or_at_all(folder: Folder, tools: str, meaning: bool | str) -> None:
    (rule, _) = read(folder, f"rules: [{{when: {{tools: {tools}}}, reply: {{text: a}}}}, {{reply: {{text: b}}}}]")
    assert rule.when == When(tools=meaning)


def test_texts_may_look_like_numbers(folder: Folder) -> None:
    (rule,) = read(folder, "rules: [{when: {text: 42}, reply: {text: 5.280}}]")
    assert rule == Rule(Reply(text="5.280"), When(text=pattern("42")))


def test_a_completion_filtered_at_once_has_an_empty_text(folder: Folder) -> None:
    assert reply(folder, "content_filter: completion").text == ""
    assert reply(folder, "content_filter: completion, text: a").text == "a"
    assert reply(folder, "content_filter: prompt").text is None


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("text: a, status: 400", "expected one answer, found text beside status"),
        ("text: a, tool_calls: auto", "expected one answer, found text beside tool_calls"),
        ("json: null, text: a", "expected one answer, found text beside json"),
        ("delay_ms: 5", "expected an answer (text, tool_calls, json, status or content_filter), found none"),
        ("status: 400, cut_after: 1", "expected either an error or a cut, found status beside cut_after"),
        ("status: 400, content_filter: completion", "expected an answer to filter, found status beside content_filter"),
        ("text: a, content_filter: prompt", "expected no answer, since a filtered prompt gets none, found text"),
        ("text: a, retry_after: 1", "rules[0].reply.retry_after: expected a status beside it, found none"),
        ("text: a, code: b", "rules[0].reply.code: expected a status beside it, found none"),
        ("status: 200", "rules[0].reply.status: expected an error status from 400 to 599"),
        ("tool_calls: []", "rules[0].reply.tool_calls: expected at least one call, found none"),
        ("tool_calls: Auto", 'rules[0].reply.tool_calls: expected "auto", found "Auto"'),
        ("tool_calls: {name: f}", 'rules[0].reply.tool_calls: expected "auto" or a list, found a mapping'),
        (
            "tool_calls: [{arguments: {}}]",
            "rules[0].reply.tool_calls[0].name: expected a name without spaces, found nothing",
        ),
        ("tool_calls: [{name: f, arguments: x}]", "tool_calls[0].arguments: expected a mapping, found text"),
        ("text: a, delay_ms: -1", "rules[0].reply.delay_ms: expected a number from 0 up"),
        ("text: a, cut_after: 1.5", "rules[0].reply.cut_after: expected a whole number from 0 up"),
        ("text: a, content_filter: both", "expected one of prompt, completion, found"),
        ("text: a, delay: 5", 'rules[0].reply.delay: expected a known key (did you mean "delay_ms"?), found "delay"'),
        ("text: [a]", "rules[0].reply.text: expected text, found a list"),
    ],
)
def test_a_reply_that_contradicts_itself_is_refused(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(written(folder, f"\nrules: [{{reply: {{{fields}}}}}]"))
    assert line.startswith("rules.yaml:2: rules[0].reply")
    assert mistake in line


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        (
            "text: '('",
            "expected a regular expression, found one that cannot be read (missing ), unterminated subpattern",
        ),
        ("role: usr", "expected one of system, developer, user, assistant, tool, found"),
        ("parts: image", "expected one of text, image_url, input_audio, audio_url, found"),
        ("response_format: text", 'expected "json", found "text"'),
        ("tools: [f]", "expected true or false or text, found a list"),
        ("txt: a", 'expected a known key (did you mean "text"?), found "txt"'),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(written(folder, f"rules:\n- when: {{{fields}}}\n  reply: {{text: a}}"))
    assert line.startswith("rules.yaml:2: rules[0].when.")
    assert mistake in line


@pytest.mark.parametrize(
    ("rules", "mistake"),
    [
        ("", "rules.yaml:1: expected a mapping, found nothing"),
        ("- reply: {text: a}", "rules.yaml:1: expected a mapping, found a list"),
        ("rules: {}", "rules.yaml:1: rules: expected a list, found a mapping"),
        ("rules: [a]", "rules.yaml:1: rules[0]: expected a mapping, found text"),
        ("rules: [{when: {}}]", "rules.yaml:1: rules[0].reply: expected a mapping, found nothing"),
        ("rule: []", 'rules.yaml:1: rule: expected a known key (did you mean "rules"?), found "rule"'),
        ("rules: [", "rules.yaml:1: expected the node content, found '<stream end>'"),
    ],
)
def test_a_file_that_has_no_rules_is_refused(folder: Folder, rules: str, mistake: str) -> None:
    assert mistake in folder.mistakes(written(folder, rules))


def test_a_missing_rules_file_is_a_mistake_of_the_configuration(folder: Folder) -> None:
    (line,) = folder.mistakes("connections: {s: {provider: scripted, rules: none.yaml}}")
    expected = "zaffre.yaml:1: connections.s.rules: expected a file that can be read, found none.yaml (No such file"
    assert line.startswith(expected)


def test_rules_behind_one_that_always_fits_are_warned_about(folder: Folder) -> None:
    rules = "rules:\n- {when: {}, reply: {text: a}}\n- {when: {role: user}, reply: {text: b}}\n"
    (warning,) = folder.load(written(folder, rules)).warnings
    assert warning.endswith("rules.yaml:3: rules[1] is never reached, because rules[0] always fits")


def test_two_connections_may_share_their_rules(folder: Folder) -> None:
    folder.write("rules: [{reply: {txt: a}}]", "rules.yaml")
    text = "connections: {a: {provider: scripted, rules: rules.yaml}, b: {provider: scripted, rules: rules.yaml}}"
    assert len(folder.mistakes(text)) == 2
