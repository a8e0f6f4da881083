"""A value that fits a JSON schema, with every property filled: deterministic, small, without a model.

Callers' schemas are not always JSON Schema (`"type": "int"` is common), so unknown words are guessed and malformed
parts ignored. Schemas may refer to themselves and may be made to explode; the work is bounded.
"""

from typing import Any, Final
from urllib.parse import unquote

from zaffre.engine.scripted.scalars import Schema, count, number, text

_MOST_VALUES: Final = 10_000
_MOST_REFERENCES: Final = 50
_KINDS: Final = {
    "string": ("string", "str", "text", "char"),
    "integer": ("integer", "int", "int32", "int64", "long"),
    "number": ("number", "float", "double", "decimal"),
    "boolean": ("boolean", "bool"),
    "array": ("array", "list", "tuple", "set"),
    "object": ("object", "dict", "map"),
    "null": ("null", "none"),
}
_KIND_OF: Final = {word: kind for kind, words in _KINDS.items() for word in words}
_TELLTALES: Final = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that give the type away where a schema does not say it."""
_NOT_GIVEN: Final = object()


class NoExampleError(ValueError):
    """No value of bounded size fits the schema."""


def example(schema: Any, name: str = "text") -> Any:
    """A JSON value that fits the schema.

    Args:
        schema: decoded JSON; anything but an object counts as "whatever you like".
        name: the word that stands for a text with no other hint.

    Raises:
        NoExampleError: the schema refers to itself without end, or asks for too much.
    """
    try:
        return _Filler(schema).value(schema, name, frozenset())
    except RecursionError:
        raise NoExampleError from None


class _Filler:
    """Fills one schema. `open_refs` are the references that lead to where we stand, so that a circle is seen."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = _MOST_VALUES

    def value(self, schema: Any, name: str, open_refs: frozenset[str]) -> Any:
        plain, open_refs = self._unfolded(schema, open_refs)
        given = _given(plain)
        if given is not _NOT_GIVEN:
            return given
        for keyword in ("anyOf", "oneOf"):
            if alternatives := _listed(plain.get(keyword)):
                rest = {word: value for word, value in plain.items() if word != keyword}
                return self._first_of(alternatives, rest, name, open_refs)
        return self._of_kind(plain, name, open_refs)

    def _unfolded(self, schema: Any, open_refs: frozenset[str]) -> tuple[Schema, frozenset[str]]:
        """The schema with `$ref` and `allOf` folded in."""
        self._spend()
        if schema is False:
            raise NoExampleError
        plain: Schema = dict(schema) if isinstance(schema, dict) else {}
        ref = plain.pop("$ref", None)
        if isinstance(ref, str):
            if ref in open_refs or len(open_refs) >= _MOST_REFERENCES:
                raise NoExampleError
            target, open_refs = self._unfolded(self._resolved(ref), open_refs | {ref})
            plain = _merged(target, plain)
        for part in _listed(plain.pop("allOf", None)):
            unfolded, open_refs = self._unfolded(part, open_refs)
            plain = _merged(plain, unfolded)
        return plain, open_refs

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise NoExampleError

    def _resolved(self, ref: str) -> Any:
        """What `#/$defs/City` points at; {} where it points nowhere."""
        found = self._root
        for step in ref.removeprefix("#").split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict):
                found = found.get(key, {})
            elif isinstance(found, list) and key.isdecimal() and len(key) < 6 and int(key) < len(found):
                found = found[int(key)]
            else:
                return {}
        return found

    def _first_of(self, alternatives: list[Any], rest: Schema, name: str, open_refs: frozenset[str]) -> Any:
        """The first alternative that can be filled; null only where nothing else can."""
        for alternative in sorted(alternatives, key=_is_null):
            try:
                unfolded, inner_refs = self._unfolded(alternative, open_refs)
                return self.value(_merged(rest, unfolded), name, inner_refs)
            except NoExampleError:
                continue
        raise NoExampleError

    def _of_kind(self, plain: Schema, name: str, open_refs: frozenset[str]) -> Any:
        match _kind(plain):
            case "object":
                return self._object(plain, open_refs)
            case "array":
                return self._array(plain, name, open_refs)
            case "integer":
                return number(plain, whole=True)
            case "number":
                return number(plain, whole=False)
            case "boolean":
                return True
            case "null":
                return None
        return text(plain, name)

    def _object(self, plain: Schema, open_refs: frozenset[str]) -> dict[str, Any]:
        properties = plain.get("properties")
        required = _names(plain.get("required"))
        filled: dict[str, Any] = {}
        for key, schema in properties.items() if isinstance(properties, dict) else ():
            try:
                filled[key] = self.value(schema, key, open_refs)
            except NoExampleError:
                if key in required:
                    raise
        others = plain.get("additionalProperties")
        missing = [key for key in required if key not in filled]
        fewest = (count(plain, "minProperties") or 0) - len(filled) - len(missing)
        for key in missing + [f"key{place}" for place in range(1, fewest + 1)]:
            filled[key] = self.value({} if others is False else others, key, open_refs)
        return filled

    def _array(self, plain: Schema, name: str, open_refs: frozenset[str]) -> list[Any]:
        items = plain.get("items")
        first = plain.get("prefixItems", items if isinstance(items, list) else [])
        filled = [self.value(schema, name, open_refs) for schema in _listed(first)]
        fewest, most = count(plain, "minItems") or 0, count(plain, "maxItems")
        wanted = max(fewest, 1)
        while len(filled) < (wanted if most is None else min(wanted, most)):
            try:
                filled.append(self.value(items, name, open_refs))
            except NoExampleError:
                if len(filled) < fewest:
                    raise
                break
        return filled


def _given(plain: Schema) -> Any:
    """A value that the schema spells out itself."""
    if "const" in plain:
        return plain["const"]
    for value in _listed(plain.get("enum")):
        return value
    # A null default only says that the property may be left out.
    if plain.get("default") is not None:
        return plain["default"]
    for value in _listed(plain.get("examples")):
        return value
    return _NOT_GIVEN


def _kind(plain: Schema) -> str:
    said = plain.get("type")
    words = [word.lower() for word in _names(said if isinstance(said, list) else [said])]
    kinds = [_KIND_OF[word] for word in words if word in _KIND_OF]
    if kinds:
        return min(kinds, key=lambda kind: kind == "null")
    for kind, telltales in _TELLTALES.items():
        if any(keyword in plain for keyword in telltales):
            return kind
    return "string"


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _merged(left: Schema, right: Schema) -> Schema:
    """Both schemas at once; where they differ, the right one."""
    merged = left | right
    for keyword in ("properties", "$defs"):
        ours, theirs = left.get(keyword), right.get(keyword)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged[keyword] = ours | theirs
    if "required" in left and "required" in right:
        merged["required"] = _names(left["required"]) + _names(right["required"])
    return merged


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(value: Any) -> list[str]:
    return [name for name in _listed(value) if isinstance(name, str)]
