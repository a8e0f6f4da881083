"""Whatever is sent, the answer is one of this API's: nothing breaks, and no text comes back in a refusal."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.contentsafety.conftest import Caller

POSTED = (
    "/contentsafety/text:analyze",
    "/contentsafety/text:shieldPrompt",
    "/contentsafety/text:detectProtectedMaterial",
    "/contentsafety/text/blocklists/mine:addOrUpdateBlocklistItems",
    "/contentsafety/text/blocklists/mine:removeBlocklistItems",
    "/openai/v1/moderations",
)
FIELDS = (
    "text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType", "userPrompt", "documents",
    "blocklistItems", "blocklistItemIds", "description", "input", "model",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Hate", "mine", "text"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "type"]), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5) | VALUES
ANYHOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@ANYHOW
@given(st.sampled_from(POSTED), BODIES)
async def test_any_json_is_answered_or_refused(caller: Caller, path: str, body: Any) -> None:
    await caller.ask("PATCH", "/contentsafety/text/blocklists/mine", {})
    response = await caller.ask("POST", path, json.dumps(body).encode())
    assert response.status in (200, 204, 400, 404)


@ANYHOW
@given(st.sampled_from(POSTED), st.binary(max_size=40))
async def test_any_bytes_are_answered_or_refused(caller: Caller, path: str, body: bytes) -> None:
    assert (await caller.ask("POST", path, body or b" ")).status in (400, 404)


@ANYHOW
@given(st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda text: "/" not in text and "?" not in text))
async def test_any_name_is_answered_or_refused(caller: Caller, name: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        response = await caller.ask(method, f"/contentsafety/text/blocklists/{name}", {} if method == "PATCH" else None)
        assert response.status in (200, 201, 204, 400, 404, 405)


async def test_no_refusal_repeats_the_text(caller: Caller) -> None:
    secret = "what-a-user-wrote"
    for path in POSTED:
        for body in (
            {"text": [secret]},
            {"text": "a", secret: 1, "userPrompt": {"a": secret}},
            {"input": {"a": secret}},
        ):
            response = await caller.ask("POST", path, body)
            assert secret.encode() not in response.body  # type: ignore[operator]
