"""YAML text -> tree, whichever loader reads it."""

import pytest

from zaffre.config.mistakes import Mistake
from zaffre.config.tree import LARGE, MappingNode, Node, Scalar, SequenceNode, compose

DEPLOYMENT = """\
  name-{0}:   # a comment
    model: "gpt-{0}"
    hosts: [a.example.com, 'b.example.com', ~]
    <<: *shared
    text: |
      several
      lines
"""


def text_of(deployments: int) -> str:
    head = "shared: &shared {region: on, count: 007}\ndeployments:\n"
    return head + "".join(DEPLOYMENT.format(number) for number in range(deployments))


def read(text: str) -> tuple[Node | None, list[Mistake]]:
    mistakes: list[Mistake] = []
    return compose(text, "zaffre.yaml", mistakes), mistakes


def entry(node: Node | None, *keys: str) -> Node:
    for key in keys:
        assert isinstance(node, MappingNode)
        node = node.entries[key]
    assert node is not None
    return node


def test_a_large_text_is_read_as_a_small_one_is() -> None:
    large = text_of(3000)
    assert len(large) > LARGE
    (small, none), (many, still_none) = read(text_of(3)), read(large)
    assert none == still_none == []
    assert entry(small, "deployments", "name-2") == entry(many, "deployments", "name-2")
    last = entry(many, "deployments", "name-2999")
    assert isinstance(last, MappingNode)
    assert last.line == 3 + 2999 * 7 + 1
    assert last.entries["model"] == Scalar(last.line, "gpt-2999", plain=False)
    hosts = last.entries["hosts"]
    assert isinstance(hosts, SequenceNode)
    assert [(each.text, each.plain) for each in hosts.items if isinstance(each, Scalar)] == [
        ("a.example.com", True),
        ("b.example.com", False),
        ("~", True),
    ]
    assert entry(last, "count") == Scalar(1, "007")


@pytest.mark.parametrize(
    "mistake", ["  name-1: {model: x}\n", "  : : [\n", "  other: !tag x\n", "  other: *nowhere\n", "\x01"]
)
def test_what_is_wrong_with_a_large_text_is_said_as_of_a_small_one(mistake: str) -> None:
    _, few = read(text_of(3) + mistake)
    _, many = read(text_of(3000) + mistake)
    assert len(few) == len(many) == 1
    assert (many[0].expected, many[0].found) == (few[0].expected, few[0].found)
    assert (many[0].place.line or 0) - (few[0].place.line or 0) == 2997 * 7
