"""The lines of a file's keys, kept after its values, some of them secret, are gone."""

from msgspec import Struct

from zaffre.config.mistakes import Place
from zaffre.config.tree import MappingNode, Node, SequenceNode

Keys = tuple[str | int, ...]
"""A path of keys, and of numbers in lists, such as `("connections", "vllm", "base_url")`."""


class _Within(Struct, frozen=True, gc=False):
    """A key below which there are others."""

    line: int
    parts: dict[str | int, "_Part"]


_Part = int | _Within
"""A key's line alone, where none is below it: there may be tens of thousands."""


class Outline:
    """Where every key of a file stands.

    Args:
        tree: the file.
        file: its name in messages.
    """

    def __init__(self, tree: Node, file: str) -> None:
        self.file = file
        self._root = _part(tree, tree.line)

    def place(self, keys: Keys) -> Place:
        """The place of a key, or of the nearest one above it that the file has."""
        part = self._root
        for key in keys:
            if isinstance(part, int) or key not in part.parts:
                break
            part = part.parts[key]
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
        return Place(self.file, part if isinstance(part, int) else part.line, path.removeprefix("."))


def _part(node: Node, line: int) -> _Part:
    parts: dict[str | int, _Part] = {}
    if isinstance(node, MappingNode):
        parts = {name: _part(inner, node.lines[name]) for name, inner in node.entries.items()}
    elif isinstance(node, SequenceNode):
        parts = {number: _part(inner, inner.line) for number, inner in enumerate(node.items)}
    return _Within(line, parts) if parts else line
