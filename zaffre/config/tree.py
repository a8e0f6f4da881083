"""YAML text -> a tree of nodes that know their lines and keep every scalar as text.

YAML guesses types (`on` is true, `1.10` is 1.1, `2024-11-20` is a date). Here the schema decides, so nothing is
guessed: no tags, no types. Anchors, aliases and merge keys work; a key that stands twice is a mistake.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from sys import intern
from typing import Any, NoReturn

import yaml
from msgspec import Struct

from zaffre.config.mistakes import Mistake, Place, quoted

Event = Any
"""PyYAML's; its stubs say that the marks may be missing, which they are not after parsing."""

MAX_DEPTH = 32
MAX_NODES = 100_000
"""Both are counted after aliases are followed, since a few lines of them can stand for millions of nodes."""

LARGE = 256 * 1024
"""Characters above which libyaml reads a text, where PyYAML has it: in a fifth of the time, but it takes some for YAML
that is none. Nobody writes as much by hand."""
_QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(Struct, frozen=True):
    line: int
    text: str
    plain: bool = True
    """Written without quotes."""
    size: int = 1
    height: int = 0

    @property
    def nothing(self) -> bool:
        """Whether it is YAML's null, which is how a file leaves a key empty."""
        return self.plain and self.text in NOTHING


class SequenceNode(Struct, frozen=True):
    line: int
    items: tuple["Node", ...]
    size: int
    height: int


class MappingNode(Struct, frozen=True):
    line: int
    entries: dict[str, "Node"]
    lines: dict[str, int]
    """The lines of the keys."""
    size: int = 1
    """Nodes in it, itself included."""
    height: int = 1
    """Levels below it."""


Node = Scalar | SequenceNode | MappingNode


def compose(text: str, file: str, mistakes: list[Mistake]) -> Node | None:
    """The tree of a YAML document; None, with a mistake added, where it cannot be read at all."""
    try:
        return _composed(text, file, mistakes)
    except _Unreadable as unreadable:
        mistakes.append(unreadable.mistake)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.append(Mistake(Place(file, line), "text", "a control character"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mistakes.append(Mistake(Place(file, line), *_problem(error.problem or "")))
    return None


def _composed(text: str, file: str, mistakes: list[Mistake]) -> Node:
    """Raises _Unreadable, yaml.YAMLError."""
    if len(text) > LARGE:
        found: list[Mistake] = []
        with suppress(yaml.YAMLError, _Unreadable):
            root = _Composer(text, file, found, _QUICK).document()
            if not found:
                return root
    # What is wrong is said in the words of the loader in Python, which are the same on every machine.
    return _Composer(text, file, mistakes, yaml.SafeLoader).document()


class _Unreadable(Exception):
    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake


def _problem(problem: str) -> tuple[str, str]:
    """What was expected and found, in PyYAML's words."""
    # This one message repeats what the file says, which may be a secret that begins with "!".
    if "tag handle" in problem:
        return "YAML", "an undefined tag handle"
    expected, but, what = problem.replace(", but got ", ", but found ").partition(", but found ")
    if but:
        return expected.removeprefix("expected "), what
    return "YAML", problem.removeprefix("found ")


class _Composer:
    def __init__(self, text: str, file: str, mistakes: list[Mistake], loader: Any) -> None:
        self._events: Iterator[Event] = yaml.parse(text, Loader=loader)
        self._file = file
        self._mistakes = mistakes
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node:
        root: Node = Scalar(1, "")
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._give_up(event, "", "one document", "a second one")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, "", 0)
        return root

    def _node(self, event: Event, key: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._give_up(event, key, f"at most {MAX_DEPTH} levels", "more")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, key, depth)
        # The tag's name is not shown: a secret that begins with "!" and has no quotes reads as one.
        if event.tag is not None:
            self._give_up(event, key, "a value without a tag (put one that begins with ! in quotes)", "a tag")
        node = self._untagged(event, key, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _untagged(self, event: Event, key: str, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(_line(event), event.value, not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, key, depth)
        return self._mapping(event, key, depth)

    def _aliased(self, event: Event, key: str, depth: int) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            expected = "an anchor that stands above (put a value that begins with * in quotes)"
            self._give_up(event, key, expected, "an unknown one")
        if depth + node.height > MAX_DEPTH:
            self._give_up(event, key, f"at most {MAX_DEPTH} levels", "more")
        return node

    def _sequence(self, start: Event, key: str, depth: int) -> SequenceNode:
        items: list[Node] = []
        size = 1
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{key}[{len(items)}]", depth + 1))
            size = self._grown(size, items[-1], start, key)
        return SequenceNode(_line(start), tuple(items), size, _height(items))

    def _mapping(self, start: Event, key: str, depth: int) -> MappingNode:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merged: list[MappingNode] = []
        size = 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._node(event, key, depth + 1)
            if not isinstance(name, Scalar):
                self._give_up(event, key, "a name before the colon", _shape(name))
            inner = join(key, name.text)
            node = self._node(next(self._events), inner, depth + 1)
            size = self._grown(size, node, start, key)
            if name.plain and name.text == "<<":
                merged += self._mergeable(node, inner)
            elif name.text in entries:
                first = f"it again (first in line {lines[name.text]})"
                self._mistakes.append(Mistake(self._place(event, inner), "every key once", first))
            else:
                # Thousands of deployments have the same few keys.
                known = intern(name.text)
                entries[known], lines[known] = node, _line(event)
        for mapping in merged:
            entries = mapping.entries | entries
            lines = mapping.lines | lines
        return MappingNode(_line(start), entries, lines, size, _height(entries.values()))

    def _mergeable(self, node: Node, key: str) -> list[MappingNode]:
        nodes = node.items if isinstance(node, SequenceNode) else (node,)
        mappings = [inner for inner in nodes if isinstance(inner, MappingNode)]
        if len(mappings) < len(nodes):
            place = Place(self._file, node.line, key)
            self._mistakes.append(Mistake(place, "a mapping, or a list of mappings, to merge", "something else"))
        return mappings

    def _grown(self, size: int, node: Node, start: Event, key: str) -> int:
        size += node.size
        if size > MAX_NODES:
            self._give_up(start, key, f"at most {MAX_NODES} values", "more")
        return size

    def _place(self, event: Event, key: str) -> Place:
        return Place(self._file, _line(event), key)

    def _give_up(self, event: Event, key: str, expected: str, found: str) -> NoReturn:
        raise _Unreadable(Mistake(self._place(event, key), expected, found))


def _height(nodes: Iterable[Node]) -> int:
    return 1 + max((node.height for node in nodes), default=0)


def _line(event: Event) -> int:
    line: int = event.start_mark.line
    return line + 1


def join(key: str, name: str) -> str:
    """The path of a key inside a mapping."""
    return f"{key}.{name}" if key else name


def _shape(node: Node) -> str:
    return "a list" if isinstance(node, SequenceNode) else "a mapping"


def found(node: Node, *, hidden: bool = False) -> str:
    """What stands there, as messages say it. A text is shown unless it may be a secret."""
    if not isinstance(node, Scalar):
        return _shape(node)
    if node.nothing:
        return "nothing"
    return "text" if hidden else quoted(node.text)
