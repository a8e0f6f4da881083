"""What scripted rules may not say: replies that contradict themselves, rules that nothing reaches."""

from zaffre.config.mistakes import Place
from zaffre.config.reading import Reader
from zaffre.config.tree import MappingNode, Node, Scalar, SequenceNode, join

ANSWERS = ("text", "tool_calls", "json", "status")
ERROR_ONLY = ("code", "message", "retry_after")


def review(document: Node, reader: Reader) -> list[str]:
    """Note the contradictions in a rules file. Returns warnings about rules that are never reached."""
    rules = document.entries.get("rules") if isinstance(document, MappingNode) else None
    warnings: list[str] = []
    catch_all: str | None = None
    for number, rule in enumerate(rules.items if isinstance(rules, SequenceNode) else ()):
        key = f"rules[{number}]"
        if not isinstance(rule, MappingNode):
            continue
        reply = rule.entries.get("reply")
        if isinstance(reply, MappingNode):
            _review_reply(reply, join(key, "reply"), reader)
        if catch_all:
            warnings.append(f"{Place(reader.file, rule.line, key)} is never reached, because {catch_all} always fits")
        elif _always_fits(rule):
            catch_all = key
    return warnings


def _always_fits(rule: MappingNode) -> bool:
    when = rule.entries.get("when")
    if isinstance(when, MappingNode):
        return not when.entries
    return when is None or (isinstance(when, Scalar) and when.nothing)


def _review_reply(reply: MappingNode, key: str, reader: Reader) -> None:
    said = {name for name, node in reply.entries.items() if name == "json" or not _nothing(node)}
    answers = [name for name in ANSWERS if name in said]
    filtered = _text(reply.entries.get("content_filter"))
    if len(answers) > 1:
        reader.wrong(reply, key, "one answer", f"{' beside '.join(answers)}")
    if not answers and filtered is None:
        reader.wrong(reply, key, f"an answer ({', '.join(ANSWERS)} or content_filter)", "none")
    if filtered is not None and "status" in said:
        reader.wrong(reply, key, "an answer to filter", "status beside content_filter")
    if filtered == "prompt" and answers:
        reader.wrong(reply, key, "no answer, since a filtered prompt gets none", answers[0])
    if "status" in said and "cut_after" in said:
        reader.wrong(reply, key, "either an error or a cut", "status beside cut_after")
    for name in ERROR_ONLY:
        if name in said and "status" not in said:
            reader.wrong(reply, join(key, name), "a status beside it", "none", line=reply.lines[name])
    calls = reply.entries.get("tool_calls")
    if isinstance(calls, SequenceNode) and not calls.items:
        reader.wrong(calls, join(key, "tool_calls"), "at least one call", "none")


def _nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.nothing


def _text(node: Node | None) -> str | None:
    return node.text if isinstance(node, Scalar) and not node.nothing else None
