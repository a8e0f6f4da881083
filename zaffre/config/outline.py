"""The lines of a file's keys, kept after its values, some of them secret, are gone."""

from collections.abc import Iterator

from zaffre.config.mistakes import Place
from zaffre.config.tree import MappingNode, Node, SequenceNode

Keys = tuple[str | int, ...]
"""A path of keys, and of numbers in lists, such as `("connections", "vllm", "base_url")`."""


class Outline:
    """Where every key of a file stands.

    Args:
        tree: the file.
        file: its name in messages.
    """

    def __init__(self, tree: Node, file: str) -> None:
        self.file = file
        self._lines = dict(_lines(tree, ()))

    def place(self, keys: Keys) -> Place:
        """The place of a key, or of the nearest one above it that the file has."""
        nearest = next(keys[:length] for length in range(len(keys), -1, -1) if keys[:length] in self._lines)
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
        return Place(self.file, self._lines[nearest], path.removeprefix("."))


def _lines(node: Node, keys: Keys, line: int | None = None) -> Iterator[tuple[Keys, int]]:
    yield keys, line or node.line
    if isinstance(node, MappingNode):
        for name, inner in node.entries.items():
            yield from _lines(inner, (*keys, name), node.lines[name])
    elif isinstance(node, SequenceNode):
        for number, inner in enumerate(node.items):
            yield from _lines(inner, (*keys, number))
