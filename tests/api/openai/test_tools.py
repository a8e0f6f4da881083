"""The tools that a chat offers, in the ways that OpenAI's surfaces have to say it."""

from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, chat, deployment, json_of

TOOLS = [{"type": "function", "function": {"name": name, "strict": True}} for name in ("find", "buy", "sell")]


def among(mode: str, *names: str) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


async def asked(**fields: Any) -> dict[str, Any]:
    """What the backend is asked."""
    backend = Canned()
    answer = await Caller(deployment("demo", backend)).post("/v1/chat/completions", chat("demo", **fields))
    assert answer.status == 200
    return {name: msgspec.json.decode(raw) for name, raw in backend.asked[-1].fields.items()}


async def refused(**fields: Any) -> Any:
    answer = await Caller(deployment("demo", Canned())).post("/v1/chat/completions", chat("demo", **fields))
    assert answer.status == 400
    return json_of(answer)["error"]


async def test_of_allowed_tools_the_model_is_offered_those_alone() -> None:
    told = await asked(tools=TOOLS, tool_choice=among("required", "find", "sell"))
    assert (told["tools"], told["tool_choice"]) == ([TOOLS[0], TOOLS[2]], "required")


async def test_one_tool_is_chosen_by_its_name() -> None:
    choice = {"type": "function", "function": {"name": "buy"}}
    told = await asked(tools=TOOLS, tool_choice=choice)
    assert (told["tools"], told["tool_choice"]) == (TOOLS, choice)


@pytest.mark.parametrize("choice", [{}, {"tool_choice": "auto"}, {"tool_choice": "none"}])
async def test_an_empty_list_of_tools_is_none(choice: dict[str, str]) -> None:
    assert (await asked(tools=[], **choice)).keys() == {"model", "messages"}


@pytest.mark.parametrize(
    ("choice", "param"),
    [
        (among("auto", "steal"), "tool_choice"),
        (among("auto"), "tool_choice"),
        ({"type": "function"}, "tool_choice.function"),
        ({"type": "allowed_tools"}, "tool_choice.allowed_tools"),
    ],
)
async def test_a_choice_that_cannot_be_made_is_refused(choice: dict[str, Any], param: str) -> None:
    assert (await refused(tools=TOOLS, tool_choice=choice))["param"] == param


@pytest.mark.parametrize("tools", [{}, {"tools": []}])
async def test_among_no_tools_none_is_allowed(tools: dict[str, Any]) -> None:
    assert (await refused(tool_choice=among("auto", "find"), **tools))["param"] == "tool_choice"
