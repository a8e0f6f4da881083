"""The tools that a chat on OpenAI's surfaces offers: none where the list is empty, some where the choice names some.

Both are ways to say what every backend can be told in fewer words, and not every one knows these.
"""

from typing import Final

import msgspec
from msgspec import Raw

from zaffre.core.errors import Complaint, InvalidParameters
from zaffre.core.openai import AllowedTools, ChosenTools, OpenAIChatParameters
from zaffre.gateway.fields import Fields

_raws: Final = msgspec.json.Decoder(list[Raw])


def offered(known: OpenAIChatParameters, fields: Fields) -> Fields:
    """The fields with the tools that may be called and no others; `known` changes with them.

    Raises:
        InvalidParameters: an allowed tool that is not among the tools.
    """
    choice = known.tool_choice
    if isinstance(choice, ChosenTools) and choice.allowed_tools is not None:
        return _allowed(known, fields, choice.allowed_tools)
    return _without_tools(known, fields) if known.tools == [] else fields


def _without_tools(known: OpenAIChatParameters, fields: Fields) -> Fields:
    known.tools = None
    gone = {"tools"}
    # Chat takes a choice with tools alone.
    if known.tool_choice in ("auto", "none"):
        known.tool_choice = None
        gone.add("tool_choice")
    return {name: raw for name, raw in fields.items() if name not in gone}


def _allowed(known: OpenAIChatParameters, fields: Fields, choice: AllowedTools) -> Fields:
    tools = known.tools or []
    names = {tool.function.name for tool in choice.tools}
    missing = sorted(names - {tool.function.name for tool in tools})
    if missing or not names:
        why = f"There is no tool {missing[0]!r} among tools." if missing else "No tool is allowed."
        raise InvalidParameters([Complaint("invalid_value", ["body", "tool_choice"], why, fields["tool_choice"])])
    sent = zip(tools, _raws.decode(fields["tools"]), strict=True)
    kept = [(tool, raw) for tool, raw in sent if tool.function.name in names]
    known.tools, known.tool_choice = [tool for tool, _ in kept], choice.mode
    said = {"tools": [raw for _, raw in kept], "tool_choice": choice.mode}
    return {**fields, **{name: Raw(msgspec.json.encode(value)) for name, value in said.items()}}
