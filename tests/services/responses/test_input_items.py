"""The input as items: what is taken, and how it is kept and listed."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw
from openai.types.responses.response_item import ResponseItem
from pydantic import TypeAdapter

from tests.services.responses.asking import ask
from zaffre.core.errors import BadRequest, InvalidParameters, UnsupportedParameters
from zaffre.services.responses.items import resolved

LISTED: TypeAdapter[Any] = TypeAdapter(ResponseItem)
IMAGE = "data:image/png;base64,AAAA"
ITEMS: list[dict[str, Any]] = [
    {"role": "user", "content": "Hello"},
    {"role": "user", "content": [{"type": "input_text", "text": "Look"}, {"type": "input_image", "image_url": IMAGE}]},
    {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
    {"type": "message", "role": "developer", "content": "Be kind."},
    {
        "role": "user",
        "content": [{"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,QQ=="}],
    },
    {"role": "assistant", "content": "Hi."},
    {"role": "assistant", "content": [{"type": "output_text", "text": "Hi."}, {"type": "refusal", "refusal": "No."}]},
    {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Hi.", "annotations": [], "logprobs": []}],
    },
    {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "4 C"},
    {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": [{"type": "input_text", "text": "4 C"}, {"type": "input_image", "image_url": IMAGE, "detail": None}],
    },
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
]


def listed(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(raw) for raw in ask(input=items).input_items]


def refusal(error: type[InvalidParameters], *items: dict[str, Any]) -> tuple[str, str]:
    """(place, words) of what is wrong with an input."""
    with pytest.raises(error) as raised:
        ask(input=items)
    found = raised.value.complaints[0]
    return ".".join(found.loc[1:]), found.msg


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.get("type", "easy"))
def test_an_item_is_listed_as_published_clients_read_it(item: dict[str, Any]) -> None:
    (found,) = listed(item)
    assert LISTED.validate_python(found, strict=True).id == found["id"]
    assert found["status"] == "completed"


def test_a_text_is_a_message_of_the_user() -> None:
    (item,) = [msgspec.json.decode(raw) for raw in ask(input="Hello").input_items]
    assert item.pop("id").startswith("msg_")
    assert item == {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Hello"}],
        "status": "completed",
    }


def test_an_item_keeps_the_id_that_it_has_and_gets_one_else() -> None:
    ids = [item["id"] for item in listed(*ITEMS)]
    assert {"msg_1", "rs_1"} <= set(ids)
    assert len(set(ids)) == len(ITEMS)
    assert [each.split("_")[0] for each in ids] == [*["msg"] * 8, "fc", "fco", "fco", "rs", "rs"]


def test_an_item_keeps_what_only_its_author_knows() -> None:
    (item,) = listed({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "namespace": "n"})
    assert item["namespace"] == "n"


def test_a_message_without_a_role_is_the_users() -> None:
    assert listed({"content": "Hello"})[0]["role"] == "user"


@pytest.mark.parametrize("kind", ["web_search_call", "mcp_approval_response", "compaction", "poem"])
def test_an_item_of_another_type_is_named(kind: str) -> None:
    place, words = refusal(UnsupportedParameters, ITEMS[0], {"type": kind, "id": "x"})
    assert place == "input.1.type"
    assert words.startswith(f"Items of the type '{kind}' are not supported.")


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({}, "input.0.type"),
        ({"type": 7}, "input.0.type"),
        ({"role": "robot", "content": "x"}, "input.0.role"),
        ({"role": "user"}, "input.0.content"),
        ({"role": "user", "content": 7}, "input.0.content"),
        ({"role": "user", "content": [{"type": "smell"}]}, "input.0.content.0.type"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input.0.content.0.text"),
        ({"role": "user", "content": [{"type": "input_image"}]}, "input.0.content.0.image_url"),
        ({"role": "user", "content": [{"type": "input_file"}]}, "input.0.content.0.file_data"),
        ({"type": "function_call", "name": "f", "arguments": "{}"}, "input.0.call_id"),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": {}}, "input.0.arguments"),
        ({"type": "function_call_output", "output": "x"}, "input.0.call_id"),
        ({"type": "item_reference"}, "input.0.id"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_with_its_place(item: dict[str, Any], place: str) -> None:
    assert refusal(InvalidParameters, item)[0] == place


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"type": "input_image", "file_id": "file_1"}, "file_id"),
        ({"type": "input_file", "file_id": "file_1"}, "file_id"),
        ({"type": "input_file", "file_url": "https://example.com/a.pdf"}, "file_url"),
    ],
)
def test_files_that_are_kept_elsewhere_are_refused_by_name(part: dict[str, Any], name: str) -> None:
    place, words = refusal(UnsupportedParameters, {"role": "user", "content": [ITEMS[1]["content"][0], part]})
    assert place == f"input.0.content.1.{name}"
    assert words.startswith(f"{name} is not supported")


@pytest.mark.parametrize("item", [{"type": "item_reference", "id": "msg_7"}, {"id": "msg_7"}])
def test_a_reference_stands_for_an_item_that_is_kept(item: dict[str, Any]) -> None:
    asked = ask(input=[ITEMS[0], item])
    assert asked.references == ["msg_7"]
    kept = Raw(b'{"id":"msg_7","type":"message"}')
    assert resolved(asked.input_items, {"msg_7": kept})[1] == kept


def test_a_reference_to_nothing_is_an_item_not_found() -> None:
    with pytest.raises(BadRequest, match="Item with id 'msg_7' not found") as raised:
        resolved(ask(input=[{"type": "item_reference", "id": "msg_7"}]).input_items, {})
    assert raised.value.status == 404
