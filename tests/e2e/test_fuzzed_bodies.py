"""Any body at all: an answer or a refusal that says why, never a 5xx, a traceback or a leaked secret."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.e2e.bodies import nearly_right
from tests.e2e.caller import FIELDS, Caller, check
from tests.e2e.servers import QUIET, Server

MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ADDRESSES = ("/models", "/deployments/{name}", "/deployments/{name}/v1", "/openai/v1", "/openai/deployments/{name}")
POLICIES = ("error", "drop", "pass-through")


def test_any_body_is_answered_or_refused_with_a_reason(server: Server) -> None:
    caller = Caller(server)

    @MANY
    @given(nearly_right(), st.sampled_from(ADDRESSES), st.sampled_from(POLICIES))
    @example(("/chat/completions", "able", b"[1,"), "/models", "error")
    @example(("/chat/completions", "able", b"1e999"), "/models", "error")
    @example(("/chat/completions", "able", b""), "/models", "error")
    @example(("/chat/completions", "able", b" " * 2**21 + b"{}"), "/models", "error")
    def answered(asked: tuple[str, str, bytes], address: str, policy: str) -> None:
        route, name, body = asked
        path = f"{address.format(name=name)}{route}?api-version=2024-10-21"
        check(caller.post(path, body, FIELDS | {"extra-parameters": policy}))

    try:
        answered()
    finally:
        caller.close()
    assert not QUIET.search(server.log), server.log
