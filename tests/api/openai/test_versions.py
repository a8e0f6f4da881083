"""The query `api-version` of the classic surface."""

import pytest

from tests.api.canned import Caller, Canned, chat, deployment


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("api-version=2024-10-21", 200),
        ("Api-Version=2025-04-01-PREVIEW", 200),
        ("api-version=2024%2D10%2D21", 200),
        ("a=b&api-version=v1", 200),
        ("api-version=soon", 404),
        ("api-version=", 404),
        ("", 404),
    ],
)
async def test_a_version_is_read_as_queries_are(query: str, status: int) -> None:
    caller = Caller(deployment("demo", Canned()))
    path = f"/openai/deployments/demo/chat/completions?{query}"
    assert (await caller.post(path, chat())).status == status
