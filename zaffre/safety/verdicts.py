"""From what a classifier found to what a policy says of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from zaffre.core.screening import Results
from zaffre.safety.classifier import CATEGORIES, DETECTIONS, MINORS, SAFE, Findings, word
from zaffre.safety.policy import Rule

NOT_CHECKED: Final[Results] = {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}}
"""What stands for the results of a classifier that could not judge."""
_WORDS: Final = ("safe", "low", "medium", "high")


def judged(findings: Findings, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The results of what rules look for. What the classifier has no detector for is absent, and never called safe."""
    results: dict[str, Any] = {}
    for category in CATEGORIES:
        rule, severity = rules.get(category), findings.severities.get(category)
        if severity is not None and rule is not None:
            counts = rule.blocks and severity >= rule.threshold
            results[category] = {"filtered": counts, "severity": word(severity)}
    for name in DETECTIONS:
        rule, detected = rules.get(name), findings.detected.get(name)
        if detected is not None and rule is not None:
            results[name] = {"filtered": detected and rule.blocks, "detected": detected}
    if findings.severities.get("sexual", SAFE) >= MINORS:
        # No policy can allow it.
        results["sexual"] = {"filtered": True, "severity": word(MINORS)}
    return results


def filtered(results: Results) -> list[str]:
    """The categories that stop a text."""
    return [name for name, result in results.items() if _stops(result)]


def _stops(result: Mapping[str, Any]) -> bool:
    return result.get("filtered") is True or any(each.get("filtered") for each in result.get("sub_categories", ()))


def worst(all_results: Iterable[Results]) -> dict[str, Any]:
    """What was found in several texts, as of one."""
    together: dict[str, Any] = {}
    for results in all_results:
        for name, result in results.items():
            before = together.get(name)
            together[name] = result if before is None else _worse(before, result)
    return together


def _worse(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    result = {**one, **other}
    for name in ("filtered", "detected"):
        if name in result:
            result[name] = bool(one.get(name)) or bool(other.get(name))
    if "severity" in result:
        result["severity"] = max(one.get("severity", "safe"), other.get("severity", "safe"), key=_WORDS.index)
    for name, unique in (("details", "id"), ("sub_categories", "sub_category")):
        if name in result:
            result[name] = _joined(one.get(name, ()), other.get(name, ()), unique)
    return result


def _joined(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]], unique: str) -> list[Any]:
    found: dict[str, Mapping[str, Any]] = {}
    for each in (*one, *other):
        before = found.get(each[unique])
        found[each[unique]] = each if before is None else _worse_flags(before, each)
    return list(found.values())


def _worse_flags(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, **{name: value or one.get(name) for name, value in other.items()}}
