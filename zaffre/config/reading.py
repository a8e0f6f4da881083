"""Nodes -> values of the types that a schema names, collecting every mistake on the way.

A schema is a msgspec Struct. Its field types say how a scalar's text is read: `str` takes it as it stands, `bool`
reads it, `Literal` and enums compare it, `Annotated[T, Form(...)]` hands it to a function.
"""

import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct, structs

from zaffre.config.mistakes import Mistake, Place, Unfit, known, one_of
from zaffre.config.tree import MappingNode, Node, Scalar, SequenceNode, found, join

BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

WRONG: Final[Any] = object()
"""Stands for a value that could not be read; its mistake is already noted."""


class Form(Struct, frozen=True):
    """How a text becomes a value. `parse` raises Unfit where it does not."""

    expected: str
    parse: Callable[[str], Any]


class Resolver(Struct, frozen=True):
    """How a text becomes a value of a type that depends on where it stands, such as a path."""

    expected: str
    resolve: Callable[[str, Place], Any]
    hidden: bool = False
    """The text may be a secret and is never repeated."""


class Reader:
    """Reads nodes of one file.

    Args:
        file: its name, as messages show it.
        resolvers: how types that depend on the file's place or the environment are read.
        mistakes: where mistakes are added.
    """

    def __init__(self, file: str, resolvers: Mapping[Any, Resolver], mistakes: list[Mistake]) -> None:
        self.file = file
        self.mistakes = mistakes
        self._resolvers = resolvers

    def read(self, node: Node, kind: Any, key: str) -> Any:
        """The value of type `kind`, or WRONG. A wrong part of a list, mapping or optional field is left out."""
        origin = get_origin(kind)
        if kind is Any:
            return plain(node)
        if origin in (Union, UnionType):
            return self._union(node, get_args(kind), key)
        if kind in self._resolvers:
            return self._resolved(node, self._resolvers[kind], key)
        if origin is tuple:
            return self._sequence(node, kind, key)
        if origin is dict:
            return self._mapping(node, kind, key)
        if _shape(kind) is MappingNode:
            return self._struct(node, kind, key)
        return self._scalar(node, kind, key)

    def wrong(self, node: Node, key: str, expected: str, what: str | None = None, *, line: int | None = None) -> Any:
        """Note a mistake at a node (or at the line of its key). Returns WRONG."""
        shown = found(node) if what is None else what
        self.mistakes.append(Mistake(Place(self.file, line or node.line, key), expected, shown))
        return WRONG

    def _union(self, node: Node, kinds: tuple[Any, ...], key: str) -> Any:
        kinds = tuple(kind for kind in kinds if kind is not NoneType)
        fitting = [kind for kind in kinds if isinstance(node, self._shape(kind))]
        if not fitting:
            return self.wrong(node, key, " or ".join(map(self._describe, kinds)))
        for kind in fitting[:-1]:
            value = Reader(self.file, self._resolvers, []).read(node, kind, key)
            if value is not WRONG:
                return value
        return self.read(node, fitting[-1], key)

    def _resolved(self, node: Node, resolver: Resolver, key: str) -> Any:
        if not isinstance(node, Scalar) or node.nothing:
            return self.wrong(node, key, resolver.expected)
        try:
            return resolver.resolve(node.text, Place(self.file, node.line, key))
        except Unfit as unfit:
            what = unfit.found or found(node, hidden=resolver.hidden)
            return self.wrong(node, key, unfit.expected or resolver.expected, what)

    def _sequence(self, node: Node, kind: Any, key: str) -> Any:
        if not isinstance(node, SequenceNode):
            return self.wrong(node, key, "a list", found(node, hidden=True))
        item = get_args(kind)[0]
        values = [self.read(inner, item, f"{key}[{number}]") for number, inner in enumerate(node.items)]
        return tuple(value for value in values if value is not WRONG)

    def _mapping(self, node: Node, kind: Any, key: str) -> Any:
        if not isinstance(node, MappingNode):
            return self.wrong(node, key, "a mapping", found(node, hidden=True))
        name_kind, value_kind = get_args(kind)
        values = {}
        for name, inner in node.entries.items():
            read_name = self.read(Scalar(node.lines[name], name, False), name_kind, join(key, name))
            value = self.read(inner, value_kind, join(key, name))
            if read_name is not WRONG and value is not WRONG:
                values[read_name] = value
        return values

    def _struct(self, node: Node, kind: type[Struct], key: str) -> Any:
        if not isinstance(node, MappingNode):
            return self.wrong(node, key, "a mapping", found(node, hidden=True))
        fields = {field.name: field for field in structs.fields(kind)}
        for name in node.entries.keys() - fields.keys():
            expected = known(fields, "key", name)
            self.wrong(Scalar(node.lines[name], name, False), join(key, name), expected)
        values = {}
        whole = True
        for name, field in fields.items():
            value = self._field(node, field, key)
            if value is not WRONG:
                values[name] = value
            elif field.required:
                whole = False
        return kind(**values) if whole else WRONG

    def _field(self, node: MappingNode, field: structs.FieldInfo, key: str) -> Any:
        inner = node.entries.get(field.name)
        # `key:` with nothing behind it is a key left out, unless the key may hold any value, null too.
        if inner is None or (isinstance(inner, Scalar) and inner.nothing and field.type is not Any):
            if field.required:
                line = node.lines.get(field.name)
                return self.wrong(node, join(key, field.name), self._describe(field.type), "nothing", line=line)
            return field.default if field.default is not NODEFAULT else field.default_factory()
        return self.read(inner, field.type, join(key, field.name))

    def _scalar(self, node: Node, kind: Any, key: str) -> Any:
        expected = self._describe(kind)
        if not isinstance(node, Scalar) or node.nothing:
            return self.wrong(node, key, expected)
        try:
            return _parse(node, kind)
        except Unfit as unfit:
            return self.wrong(node, key, unfit.expected or expected, unfit.found)

    def _describe(self, kind: Any) -> str:
        if kind in self._resolvers:
            return self._resolvers[kind].expected
        if get_origin(kind) in (Union, UnionType):
            return " or ".join(self._describe(each) for each in get_args(kind) if each is not NoneType)
        return _expected(kind)

    def _shape(self, kind: Any) -> type[Node]:
        return Scalar if kind in self._resolvers else _shape(kind)


def _shape(kind: Any) -> type[Node]:
    if get_origin(kind) is tuple:
        return SequenceNode
    if get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Struct)):
        return MappingNode
    return Scalar


def _form(kind: Any) -> Form | None:
    if get_origin(kind) is not Annotated:
        return None
    return next((extra for extra in get_args(kind)[1:] if isinstance(extra, Form)), None)


def _expected(kind: Any) -> str:
    form = _form(kind)
    if form is not None:
        return form.expected
    if get_origin(kind) is Literal:
        return one_of(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return one_of(member.value for member in kind)
    if _shape(kind) is not Scalar:
        return "a list" if _shape(kind) is SequenceNode else "a mapping"
    return "true or false" if kind is bool else "text"


def _parse(node: Scalar, kind: Any) -> Any:
    form = _form(kind)
    if form is not None:
        return form.parse(node.text)
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return _choice(node.text, kind)
    return _boolean(node) if kind is bool else node.text


def _choice(text: str, kind: Any) -> Any:
    choices = get_args(kind) if get_origin(kind) is Literal else tuple(kind)
    for choice in choices:
        if choice == text:
            return choice
    raise Unfit


def _boolean(node: Scalar) -> bool:
    # In quotes it is a text: `tools: "true"` names a tool.
    if node.plain and node.text.lower() in BOOLEANS:
        return BOOLEANS[node.text.lower()]
    raise Unfit(found(node) if node.plain else f"the text {found(node)}")


def integer(text: str) -> int:
    """A whole number in decimal digits.

    Raises:
        Unfit: it is none, or is beyond 18 digits.
    """
    if not INTEGER.fullmatch(text):
        raise Unfit
    return int(text)


def number(text: str) -> float:
    """A finite number.

    Raises:
        Unfit: it is none.
    """
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise Unfit
    return float(text)


def plain(node: Node) -> Any:
    """Any JSON value, by the types that YAML 1.2's core schema gives scalars. Infinities and NaN stay text."""
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {name: plain(inner) for name, inner in node.entries.items()}
    if not node.plain:
        return node.text
    if node.nothing:
        return None
    if node.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return node.text.lower() == "true"
    for parse in (integer, number):
        try:
            return parse(node.text)
        except Unfit:
            continue
    return node.text
