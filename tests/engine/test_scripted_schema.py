"""Values that fit a JSON schema, and texts that match its patterns."""

import re
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.engine.scripted.pattern import matching
from zaffre.engine.scripted.schema import NoExampleError, example


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7, "enum": [8]}, 7),
        ({"enum": ["b", "a"], "default": "a"}, "b"),
        ({"type": "string", "default": "d", "examples": ["e"]}, "d"),
        ({"type": "string", "examples": ["e"]}, "e"),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}], "default": None}, 1),
        ({"type": "string"}, "text"),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "integer"]}, 1),
        ({"type": "integer"}, 1),
        ({"type": "int"}, 1),
        ({"type": "INTEGER"}, 1),
        ({"type": "float"}, 1.0),
        ({"type": "array"}, ["text"]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        ({"prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, [1, True]),
        ({"items": [{"type": "integer"}, {"type": "boolean"}]}, [1, True]),
        ({"minItems": 2}, ["text", "text"]),
        ({"properties": {"a": {}}}, {"a": "a"}),
        ({"required": ["a"]}, {"a": "a"}),
        ({"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}}, {"a": 1}),
        ({"type": "object", "minProperties": 2, "properties": {"a": {}}}, {"a": "a", "key1": "key1"}),
        (obj(city={"type": "string"}, tags={"type": "array"}), {"city": "city", "tags": ["tags"]}),
        (obj(inner=obj(deep={"enum": [5]})), {"inner": {"deep": 5}}),
        (obj(a=True, b={"description": "?"}), {"a": "a", "b": "b"}),
        (obj(never=False, a={}), {"a": "a"}),
        ({}, "text"),
        (True, "text"),
        (None, "text"),
        ({"type": "unheard-of"}, "text"),
        ({"type": {}, "properties": [], "required": 3, "enum": {}, "anyOf": 1, "$ref": 5}, {}),
    ],
)
def test_each_kind_of_schema_has_its_value(schema: Any, value: Any):
    found = example(schema)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("keywords", "value"),
    [
        ({"minimum": 18}, 18),
        ({"maximum": -3}, -3),
        ({"exclusiveMinimum": 1}, 2),
        ({"minimum": 1, "exclusiveMinimum": True}, 2),
        ({"exclusiveMaximum": 0}, -1),
        ({"minimum": 0.5, "maximum": 9}, 1),
        ({"minimum": 7, "maximum": 20, "multipleOf": 5}, 10),
        ({"maximum": -7, "multipleOf": 5}, -10),
        ({"multipleOf": 0.5}, 1),
        ({"multipleOf": 0}, 1),
        ({"minimum": "x", "maximum": None}, 1),
        ({"minimum": True}, 1),
        ({"minimum": 1e300}, 1),
    ],
)
def test_integers_keep_to_their_bounds(keywords: dict[str, Any], value: int):
    found = example({"type": "integer", **keywords})
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    ("keywords", "value"),
    [
        ({"minimum": 18.5}, 18.5),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"exclusiveMaximum": 0}, -1.0),
        ({"minimum": 2, "multipleOf": 0.75}, 2.25),
    ],
)
def test_numbers_keep_to_their_bounds(keywords: dict[str, Any], value: float):
    assert example({"type": "number", **keywords}) == value


@pytest.mark.parametrize(
    ("keywords", "value"),
    [
        ({"minLength": 6}, "texttext"[:6]),
        ({"maxLength": 2}, "te"),
        ({"maxLength": 0}, ""),
        ({"format": "date"}, "2024-01-01"),
        ({"format": "email"}, "user@example.com"),
        ({"format": "UUID"}, "00000000-0000-4000-8000-000000000000"),
        ({"format": "unheard-of"}, "text"),
        ({"pattern": r"^\d{3}-\d{4}$"}, "000-0000"),
        ({"pattern": r"^[A-Z]+$", "minLength": 4}, "AAAAA"),
        ({"pattern": "(?=beyond)"}, "text"),
        ({"pattern": 5}, "text"),
    ],
)
def test_texts_keep_to_their_keywords(keywords: dict[str, Any], value: str):
    assert example({"type": "string", **keywords}) == value


def test_references_are_followed():
    schema = obj(a={"$ref": "#/$defs/x~1y"}, b={"$ref": "#/definitions/z"}, c={"$ref": "#/nowhere"})
    schema |= {"$defs": {"x/y": {"type": "integer"}}, "definitions": {"z": {"enum": ["z"]}}}
    assert example(schema) == {"a": 1, "b": "z", "c": "c"}


def test_what_stands_beside_a_reference_counts():
    schema = {"$ref": "#/$defs/n", "minimum": 9, "$defs": {"n": {"type": "integer", "minimum": 1}}}
    assert example(schema) == 9


def test_all_of_is_everything_at_once():
    parts = [obj(a={"type": "integer"}) | {"required": ["c"]}, {"$ref": "#/$defs/b"}]
    schema = {"allOf": parts, "required": ["d"], "$defs": {"b": obj(b={"type": "boolean"})}}
    assert example(schema) == {"a": 1, "b": True, "d": "d", "c": "c"}


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_the_first_alternative_that_is_not_null_is_taken_with_what_stands_beside_it(keyword: str):
    schema = obj(a={}) | {keyword: [{"type": "null"}, {"properties": {"b": {"type": "integer"}}}, {"enum": [3]}]}
    assert example(schema) == {"a": "a", "b": 1}


def test_a_schema_that_contains_itself_ends():
    tree = obj(name={"type": "string"}, children={"type": "array", "items": {"$ref": "#"}}, parent={"$ref": "#"})
    inner = {"name": "name", "children": []}
    assert example(tree) == {"name": "name", "children": [inner], "parent": inner}


def test_a_circle_is_left_by_another_alternative():
    link = {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}
    node = obj(next=link) | {"required": ["next"]}
    assert example({"$ref": "#/$defs/node", "$defs": {"node": node}}) == {"next": None}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        False,
        {"allOf": [{"$ref": "#"}]},
        obj(a={"$ref": "#"}) | {"required": ["a"]},
        {"anyOf": [False]},
        {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
        {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000, "items": {}}},
    ],
)
def test_a_schema_that_nothing_small_fits_has_no_example(schema: Any):
    with pytest.raises(NoExampleError):
        example(schema)


def test_a_schema_made_to_explode_ends_soon():
    level: dict[str, Any] = {f"l{depth}": obj(**{key: {"$ref": f"#/$defs/l{depth + 1}"} for key in "abcdefghij"})
                             for depth in range(20)}  # fmt: skip
    assert len(msgspec.json.encode(example({"$ref": "#/$defs/l0", "$defs": level}))) < 1_000_000


def test_a_long_chain_of_references_has_no_example():
    chain = {f"l{depth}": {"$ref": f"#/$defs/l{depth + 1}"} for depth in range(5000)}
    with pytest.raises(NoExampleError):
        example({"$ref": "#/$defs/l0", "$defs": chain})


KEYWORDS = (
    *("type", "properties", "items", "prefixItems", "enum", "const", "default", "$ref", "$defs", "anyOf", "allOf"),
    *("required", "format", "pattern", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "x"),
)
VALUES = ("object", "array", "string", "integer", "number", "null", "#", "#/properties/x", "#/$defs/x", "(a|b)+[^c]{2}")
WORDS = st.sampled_from(KEYWORDS + VALUES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


@given(JSON)
def test_any_json_as_schema_has_a_json_value_or_none(schema: Any):
    with suppress(NoExampleError):
        msgspec.json.encode(example(schema))


# -- patterns --


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{3}-\d{4}$",
        r"^[A-Z]{2}\d{2,4}$",
        r"^(foo|bar)+$",
        r"^(?:a|b)(?P<n>c)?$",
        r"^[^aA0-9]$",
        r"^[^\w\s]$",
        r"^[\w.%+-]+@[a-z]+\.com$",
        r"^\+?[1-9]\d{1,14}$",
        r"^#[0-9a-fA-F]{6}$",
        r"^[]a]$",
        r"^[a\]b]$",
        r"^[-a]$",
        r"^a{,3}b$",
        r"^a*?b+?$",
        r"^\x41\u0042$",
        r"^\(\[\{\.\*$",
        r"^\bword\b$",
        r"^\W\S\D\s$",
        r"^[\d-]$",
        r"x{0}y",
        "plain",
        "",
    ],
)
def test_a_text_matches_its_pattern(pattern: str):
    text = matching(pattern)
    assert text is not None
    assert re.search(pattern, text)


def test_a_longer_text_is_written_where_the_pattern_repeats():
    assert matching(r"^[a-c]*$") == "a"
    assert re.fullmatch(r"(ab){4,}", matching(r"^(ab)+$", 8) or "")


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(?=a)", r"(?!a)b", r"(?<=a)b", r"(?i)a", r"(a)\1", r"\p{L}", r"\x0", "\\"),
        *("*a", "a)", "(a", "[a", "a{", "a{x}", "a{2000}", "a{999999999999}"),
        *("((a{1000}){1000}){1000}", "(" * 2000, "[^\0-\U0010ffff]"),
    ],
)
def test_what_is_beyond_the_reader_is_not_guessed(pattern: str):
    assert matching(pattern) is None


@given(st.text(alphabet="ab01^$.|?*+()[]{}\\-,:=!<>PdwsDWS\u00e9", max_size=20))
def test_any_pattern_is_read_or_refused(pattern: str):
    matching(pattern, 5)
