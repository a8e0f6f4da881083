"""Whatever comes as a token is one or is not; nothing else happens."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.auth.issuing import part
from zaffre.auth.claims import Bad, unverified

BYTES = st.binary(max_size=200) | st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(b".".join)
PLAIN = st.text() | st.none() | st.booleans() | st.integers() | st.floats()
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), st.recursive(PLAIN | st.just("RS256"), st.lists)
)
PAYLOADS = st.recursive(PLAIN, st.lists) | st.dictionaries(
    st.sampled_from(["iss", "aud", "exp"]), st.recursive(PLAIN, st.lists)
)


@given(BYTES)
def test_bytes_are_no_token(token: bytes) -> None:
    with pytest.raises(Bad):
        unverified(token)


@given(HEADERS, PAYLOADS)
def test_a_token_says_who_issued_it_or_is_bad(header: Any, payload: Any) -> None:
    try:
        found = unverified(part(header) + b"." + part(payload) + b".AAAA")
    except Bad:
        return
    assert (found.algorithm, found.issuer) == (header["alg"], payload["iss"])


@pytest.mark.parametrize("deep", ["[" * 10_000, '{"a":' * 10_000])
def test_a_token_that_is_nested_too_deeply_is_bad(deep: str) -> None:
    payload = base64.urlsafe_b64encode(deep.encode()).rstrip(b"=")
    with pytest.raises(Bad):
        unverified(part({"alg": "RS256"}) + b"." + payload + b".AAAA")
