"""A content filter as Azure Resource Manager has it (`RaiPolicy`), and as the configuration file has it.

Source: the REST API of Microsoft.CognitiveServices, version 2025-09-01. Names of filters are matched in any letter
case, with or without spaces and underscores.
"""

from typing import Any, Final

from msgspec import Struct

from zaffre.config.filters import DEFAULT_V2, SYSTEM_MANAGED, FilterConfig
from zaffre.core.errors import InvalidResource
from zaffre.core.resources import Kind
from zaffre.safety.policy import Rule, Watch, policy

_HARMS: Final = {"hate": "hate", "sexual": "sexual", "violence": "violence", "selfharm": "self_harm"}
_DETECTIONS: Final = {
    "jailbreak": "jailbreak",
    "indirectattack": "indirect_attack",
    "protectedmaterialtext": "protected_material_text",
    "protectedmaterialcode": "protected_material_code",
    "profanity": "profanity",
}
_TITLES: Final = {
    "hate": "Hate",
    "sexual": "Sexual",
    "violence": "Violence",
    "self_harm": "Selfharm",
    "jailbreak": "Jailbreak",
    "indirect_attack": "Indirect Attack",
    "protected_material_text": "Protected Material Text",
    "protected_material_code": "Protected Material Code",
    "profanity": "Profanity",
}
_SIDES: Final = {"prompt": "Prompt", "completion": "Completion"}
_ONE_SIDE: Final = {
    "jailbreak": "Prompt",
    "indirect_attack": "Prompt",
    "protected_material_text": "Completion",
    "protected_material_code": "Completion",
}
"""What is looked for on one side only."""
_MODES: Final = {
    "default": "default",
    "blocking": "default",
    "deferred": "default",
    "asynchronous_filter": "asynchronous",
}
_LEVELS: Final = ("Low", "Medium", "High")
_WORDS: Final = frozenset({"base", "mode", "blocklists", "tags", *_HARMS.values(), *_DETECTIONS.values()})
"""Keys of the configuration that this shape has a word for."""


class ContentFilter(Struct, rename="camel"):
    name: str
    source: str = "Prompt"
    enabled: bool = True
    blocking: bool = True
    severity_threshold: str | None = None


class CustomBlocklist(Struct, rename="camel"):
    blocklist_name: str
    blocking: bool = True
    source: str = "Prompt"


class PolicyProperties(Struct, rename="camel"):
    mode: str = "Default"
    base_policy_name: str = DEFAULT_V2
    content_filters: list[ContentFilter] = []
    custom_blocklists: list[CustomBlocklist] = []


class RaiPolicy(Struct):
    """What a PUT says."""

    properties: PolicyProperties
    tags: dict[str, str] | None = None


def body_of(name: str, said: RaiPolicy, before: dict[str, Any]) -> dict[str, Any]:
    """What a PUT says, in the words of the configuration file. What this shape has no word for stays.

    Raises:
        InvalidResource: a filter, a side, a mode or a severity that there is not.
    """
    properties = said.properties
    body = {key: value for key, value in before.items() if key not in _WORDS}
    body |= {"base": properties.base_policy_name, "mode": _one_of(name, "mode", properties.mode, _MODES)}
    for each in properties.content_filters:
        side = _one_of(name, "source", each.source, {side: side for side in _SIDES})
        key = each.name.lower().replace(" ", "").replace("_", "")
        if key in _HARMS:
            body.setdefault(_HARMS[key], {})[side] = _harm(name, each)
        elif key == "profanity":
            body.setdefault(key, {})[side] = _detection(each)
        elif key in _DETECTIONS:
            body[_DETECTIONS[key]] = _detection(each)
        else:
            raise _wrong(name, f"contentFilters: '{each.name}' is none of {', '.join(_TITLES.values())}")
    lists: dict[str, dict[str, str]] = {}
    for use in properties.custom_blocklists:
        side = _one_of(name, "source", use.source, {side: side for side in _SIDES})
        nowhere = {"name": use.blocklist_name, "prompt": "off", "completion": "off"}
        lists.setdefault(use.blocklist_name, nowhere)[side] = "block" if use.blocking else "annotate"
    if lists:
        body["blocklists"] = list(lists.values())
    if said.tags:
        body["tags"] = said.tags
    return body


def _harm(name: str, each: ContentFilter) -> Any:
    if not each.enabled:
        return "off"
    level = (each.severity_threshold or "Medium").lower()
    if level.title() not in _LEVELS:
        raise _wrong(name, f"severityThreshold: expected one of {', '.join(_LEVELS)}, found '{level}'")
    return {"threshold": level, "action": "block" if each.blocking else "annotate"}


def _detection(each: ContentFilter) -> str:
    if not each.enabled:
        return "off"
    return "block" if each.blocking else "annotate"


def _one_of(name: str, field: str, said: str, known: dict[str, str]) -> str:
    found = known.get(said.lower())
    if found is None:
        raise _wrong(name, f"{field}: expected one of {', '.join(known)}, found '{said}'")
    return found


def _wrong(name: str, mistake: str) -> InvalidResource:
    return InvalidResource(Kind.CONTENT_FILTER, name, [f"properties.{mistake}"])


def catalogue() -> list[dict[str, Any]]:
    """All that a content filter can look for (`RaiContentFilter`), on each side where it can."""
    return [
        _entry(title, side, name in _HARMS.values(), title if name in _ONE_SIDE else f"{title} {side}")
        for name, title in _TITLES.items()
        for side in _SIDES.values()
        if _ONE_SIDE.get(name, side) == side
    ]


def _entry(title: str, side: str, levels: bool, name: str) -> dict[str, Any]:
    return {
        "id": name.replace(" ", ""),
        "type": "Microsoft.CognitiveServices/raiContentFilters",
        "name": name.replace(" ", ""),
        "properties": {"name": title, "isMultiLevelFilter": levels, "source": side},
    }


def written(name: str, said: FilterConfig, account: str, etag: str | None) -> dict[str, Any]:
    """A content filter as this surface answers it, what its base says in it."""
    found = policy(name, said)
    watches = {"prompt": found.prompt, "completion": found.completion}
    answer: dict[str, Any] = {
        "id": f"{account}/raiPolicies/{name}",
        "type": "Microsoft.CognitiveServices/accounts/raiPolicies",
        "name": name,
        "properties": {
            "type": "SystemManaged" if name in SYSTEM_MANAGED else "UserManaged",
            "mode": "Asynchronous_filter" if found.asynchronous else "Default",
            "basePolicyName": said.base,
            "contentFilters": [each for side, watch in watches.items() for each in _filters(side, watch)],
            "customBlocklists": [
                {"blocklistName": use.name, "blocking": use.blocks, "source": _SIDES[side]}
                for side, watch in watches.items()
                for use in watch.lists
            ],
        },
    }
    if said.tags:
        answer["tags"] = said.tags
    return answer if etag is None else {**answer, "etag": etag}


def _filters(side: str, watch: Watch) -> list[dict[str, Any]]:
    return [
        {
            "name": title,
            "source": _SIDES[side],
            "enabled": name in watch.rules,
            "blocking": name in watch.rules and watch.rules[name].blocks,
            **_threshold(watch.rules.get(name)),
        }
        for name, title in _TITLES.items()
        if name in watch.rules or name in _HARMS.values()
    ]


def _threshold(rule: Rule | None) -> dict[str, str]:
    return {"severityThreshold": _LEVELS[rule.threshold // 2 - 1]} if rule is not None and rule.threshold else {}
