"""Which tokens open the door: those of the issuer, for one of the audiences, in their time, by a key of its own."""

import base64
import logging
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.auth.issuing import AUDIENCE, CURVES, OTHER_RSA, RSA, Clock, Issuer, Taker, jwk, part, signed, taking
from zaffre.auth.claims import LEEWAY
from zaffre.auth.failures import Unchecked
from zaffre.config.identity import AZURE_AUDIENCES
from zaffre.core.errors import InvalidToken
from zaffre.core.surface import Surface


async def refused(taker: Taker, token: bytes, caplog: pytest.LogCaptureFixture) -> str:
    """Why, as the log says; the caller is told nothing, and the log not the token."""
    with caplog.at_level(logging.WARNING), pytest.raises(InvalidToken) as caught:
        await taker.principal(token)
    assert caught.value.message == "Auth token validation failed. Access token is missing, invalid, or has expired."
    said = caplog.text
    assert token.rpartition(b".")[2].decode("latin-1") not in said or not token.rpartition(b".")[2]
    return said


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
async def test_every_rsa_signature_is_taken(issuer: Issuer, taker: Taker, algorithm: str) -> None:
    assert (await taker.principal(issuer.token(algorithm=algorithm))).name == "sub:somebody"


@pytest.mark.parametrize("algorithm", CURVES)
async def test_every_curve_is_taken(issuer: Issuer, taker: Taker, algorithm: str) -> None:
    issuer.keys = [jwk(CURVES[algorithm])]
    assert (await taker.principal(issuer.token(CURVES[algorithm], algorithm))).name == "sub:somebody"


@pytest.mark.parametrize("audience", [*AZURE_AUDIENCES, ["https://other", AUDIENCE]])
async def test_azures_audiences_are_taken_with_a_slash_and_without(issuer: Issuer, taker: Taker, audience: Any) -> None:
    assert (await taker.principal(issuer.token(aud=audience))).name == "sub:somebody"


async def test_a_person_is_known_by_the_id_that_is_the_same_for_every_application(issuer: Issuer, taker: Taker) -> None:
    assert (await taker.principal(issuer.token(oid="the-object"))).name == "oid:the-object"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "https://management.azure.com"}, "audience"),
        ({"aud": f"{AUDIENCE}//"}, "audience"),
        ({"aud": None}, "aud"),
        ({"aud": [1]}, "audience"),
        ({"iss": "https://login.example/tenant"}, "its issuer is not one of this server's"),
        ({"iss": None}, "it names no issuer"),
        ({"iss": ["a"]}, "it names no issuer"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "its subject cannot be shown"),
        ({"sub": "a\nb"}, "its subject cannot be shown"),
        ({"sub": "a" * 256}, "its subject cannot be shown"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "it has expired"),
        ({"exp": float("nan")}, "it has expired"),
        ({"exp": True}, "it has expired"),
        ({"nbf": "soon"}, "it is not valid yet"),
    ],
)
async def test_a_token_for_something_else_is_refused(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture, claims: dict[str, Any], why: str
) -> None:
    assert why in (await refused(taker, issuer.token(**claims), caplog)).replace("Audience", "audience")


async def test_a_token_ends_with_its_time_and_a_minute_for_clocks_that_differ(
    issuer: Issuer, taker: Taker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    token = issuer.token(exp=int(clock()) + 10)
    clock.now += 10 + LEEWAY - 1
    assert (await taker.principal(token)).name == "sub:somebody"
    clock.now += 1
    assert "it has expired" in await refused(taker, token, caplog)


async def test_a_token_is_not_taken_before_its_time(
    issuer: Issuer, taker: Taker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    token = issuer.token(nbf=int(clock()) + 100, exp=int(clock()) + 1000)
    assert "it is not valid yet" in await refused(taker, token, caplog)
    clock.now += 100 - LEEWAY
    assert (await taker.principal(token)).name == "sub:somebody"


async def test_a_token_signed_by_somebody_else_is_refused(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    assert "Signature verification failed" in await refused(taker, issuer.token(OTHER_RSA), caplog)


async def test_a_token_without_a_signature_is_refused(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    unsigned = part({"alg": "none", "kid": "one"}) + b"." + part(issuer.claims()) + b"."
    assert "its algorithm is not taken: 'none'" in await refused(taker, unsigned, caplog)


async def test_a_public_key_is_no_shared_secret(issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture) -> None:
    """The oldest trick: the issuer's public key, which everybody has, as the secret of an HMAC."""
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = part({"alg": "HS256", "kid": "one"}) + b"." + part(issuer.claims())
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head, public)
    forged = head + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    assert "its algorithm is not taken: 'HS256'" in await refused(taker, forged, caplog)


async def test_a_key_is_used_with_its_own_algorithm_alone(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.keys = [jwk(RSA, alg="RS256")]
    assert "has no key 'one' for PS256" in await refused(taker, issuer.token(algorithm="PS256"), caplog)
    assert (await taker.principal(issuer.token())).name == "sub:somebody"


@pytest.mark.parametrize(
    "key",
    [
        jwk(RSA, use="enc"),
        jwk(RSA, issuer="https://login.example/{tenantid}/v2.0"),
        {"kty": "oct", "kid": "one", "k": "AAAA", "alg": "RS256"},
        {"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "one"},
        jwk(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        "nonsense",
    ],
)
async def test_a_key_that_signs_no_tokens_of_this_issuer_is_left_out(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture, key: Any
) -> None:
    issuer.keys = [key, jwk(CURVES["ES256"], "two")]
    assert "has no key 'one' for RS256" in await refused(taker, issuer.token(), caplog)


async def test_a_token_that_names_no_key_is_checked_with_all(issuer: Issuer, taker: Taker) -> None:
    issuer.keys = [jwk(OTHER_RSA, "two"), jwk(RSA, None)]
    assert (await taker.principal(issuer.token(key_id=None))).name == "sub:somebody"


async def test_critical_headers_are_not_ignored(issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture) -> None:
    headers = {"kid": "one", "crit": ["exp"], "exp": 1}
    assert "it cannot be read" in await refused(taker, signed(issuer.claims(), RSA, "RS256", headers), caplog)


async def test_a_token_is_checked_once(issuer: Issuer, taker: Taker) -> None:
    token = issuer.token()
    first = await taker.principal(token)
    assert taker.tokens.principal(token, Surface.INFERENCE) is first


async def test_a_changed_token_is_another_one(issuer: Issuer, taker: Taker) -> None:
    token = issuer.token()
    await taker.principal(token)
    with pytest.raises(Unchecked):
        taker.tokens.principal(token + b"A", Surface.INFERENCE)


async def test_the_oldest_is_forgotten_where_there_are_too_many(issuer: Issuer, clock: Clock) -> None:
    first, second, third = (issuer.token(jti=str(number)) for number in range(3))
    async with taking(issuer.url, clock=clock, most_known=2) as taker:
        for token in (first, second, third):
            await taker.principal(token)
        with pytest.raises(Unchecked):
            taker.tokens.principal(first, Surface.INFERENCE)
        assert taker.tokens.principal(second, Surface.INFERENCE).name == "sub:somebody"
