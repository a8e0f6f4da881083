"""The addresses of Azure AI Content Safety below `/contentsafety`, their words in any letter case.

text:analyze, text:shieldPrompt, text:detectProtectedMaterial
text/blocklists[/NAME]
text/blocklists/NAME:addOrUpdateBlocklistItems, text/blocklists/NAME:removeBlocklistItems
text/blocklists/NAME/blocklistItems[/ID]
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zaffre.api.contentsafety import blocklists, items
from zaffre.api.contentsafety.analyze import analyze
from zaffre.api.contentsafety.protected import detect_protected_material
from zaffre.api.contentsafety.shield import shield_prompt
from zaffre.api.place import Endpoint, Place
from zaffre.core.surface import Surface

_TEXT: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "text:analyze": {"POST": analyze},
    "text:shieldprompt": {"POST": shield_prompt},
    "text:detectprotectedmaterial": {"POST": detect_protected_material},
}
_LIST: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "": {"GET": blocklists.retrieve, "PATCH": blocklists.put, "DELETE": blocklists.delete},
    "addorupdateblocklistitems": {"POST": items.add},
    "removeblocklistitems": {"POST": items.remove},
}
"""By what is asked of a list, after its name and a colon."""


def find(steps: Sequence[str]) -> Place | None:
    """The place at a path's steps, percent-decoded; None where nothing is."""
    match [step.lower() for step in steps]:
        case ["contentsafety", action] if action in _TEXT:
            return Place(Surface.CONTENT_SAFETY, _TEXT[action])
        case ["contentsafety", "text", "blocklists"]:
            return Place(Surface.CONTENT_SAFETY, {"GET": blocklists.listed})
        case ["contentsafety", "text", "blocklists", _]:
            name, _, action = steps[3].partition(":")
            methods = _LIST.get(action.lower())
            return None if methods is None else Place(Surface.CONTENT_SAFETY, methods, item=name)
        case ["contentsafety", "text", "blocklists", _, "blocklistitems"]:
            return Place(Surface.CONTENT_SAFETY, {"GET": items.listed}, item=steps[3])
        case ["contentsafety", "text", "blocklists", _, "blocklistitems", _]:
            return Place(Surface.CONTENT_SAFETY, {"GET": items.retrieve}, item=f"{steps[3]}/{steps[5]}")
    return None
