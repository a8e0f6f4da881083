"""An issuer's keys: fetched when they are needed, kept when it is down, asked for by no stranger's leave."""

import asyncio
import logging
from typing import Any

import pytest

from tests.auth.issuing import CURVES, OTHER_RSA, RSA, Clock, Issuer, Taker, jwk, taking
from zaffre.auth.failures import Unchecked
from zaffre.auth.issuer import OLD, REST
from zaffre.core.errors import InvalidToken, IssuerUnreachable
from zaffre.core.surface import Surface

ONE_LOOK = ["/tenant/.well-known/openid-configuration", "/tenant/keys"]


async def test_keys_are_fetched_once_for_all_who_wait(issuer: Issuer, taker: Taker) -> None:
    issuer.open.clear()
    waiting = [asyncio.create_task(taker.principal(issuer.token(jti=str(number)))) for number in range(20)]
    await issuer.has_been_asked(1)
    issuer.open.set()
    assert {(await task).name for task in waiting} == {"sub:somebody"}
    assert issuer.asked == ONE_LOOK


async def test_a_start_fetches_them_before_anybody_asks(issuer: Issuer, taker: Taker) -> None:
    taker.tokens.start()
    await taker.looked(1)
    assert issuer.asked == ONE_LOOK
    await taker.principal(issuer.token())
    assert issuer.asked == ONE_LOOK


async def test_one_who_leaves_does_not_take_the_keys_from_the_others(issuer: Issuer, taker: Taker) -> None:
    issuer.open.clear()
    leaving, staying = (asyncio.create_task(taker.principal(issuer.token(jti=name))) for name in "ab")
    await issuer.has_been_asked(1)
    leaving.cancel()
    issuer.open.set()
    assert (await staying).name == "sub:somebody"


async def test_a_known_token_waits_for_nobody(issuer: Issuer, taker: Taker, clock: Clock) -> None:
    known = issuer.token()
    await taker.principal(known)
    clock.now += REST
    issuer.open.clear()
    stranger = asyncio.create_task(taker.principal(issuer.token(OTHER_RSA, key_id="two")))
    await issuer.has_been_asked(3)
    assert taker.tokens.principal(known, Surface.INFERENCE).name == "sub:somebody"
    assert (await taker.principal(issuer.token(jti="new, of a known key"))).name == "sub:somebody"
    issuer.open.set()
    with pytest.raises(InvalidToken):
        await stranger


async def test_a_new_key_is_found_when_a_token_names_it(issuer: Issuer, taker: Taker, clock: Clock) -> None:
    await taker.principal(issuer.token())
    issuer.keys = [jwk(RSA), jwk(OTHER_RSA, "two")]
    clock.now += REST
    assert (await taker.principal(issuer.token(OTHER_RSA, key_id="two"))).name == "sub:somebody"


async def test_unknown_keys_make_nobody_hammer_the_issuer(issuer: Issuer, taker: Taker, clock: Clock) -> None:
    await taker.principal(issuer.token())
    for number in range(50):
        with pytest.raises(InvalidToken):
            await taker.principal(issuer.token(OTHER_RSA, key_id=f"made up {number}"))
    assert issuer.asked == ONE_LOOK
    clock.now += REST
    for number in range(50):
        with pytest.raises(InvalidToken):
            await taker.principal(issuer.token(OTHER_RSA, key_id=f"made up again {number}"))
    assert issuer.asked == ONE_LOOK * 2


async def test_old_keys_serve_on_while_they_are_looked_at_again(issuer: Issuer, taker: Taker, clock: Clock) -> None:
    token = issuer.token(exp=int(clock()) + 3 * int(OLD))
    await taker.principal(token)
    clock.now += OLD
    assert taker.tokens.principal(token, Surface.INFERENCE).name == "sub:somebody"
    await taker.looked(2)
    assert issuer.asked == ONE_LOOK * 2


async def test_what_a_withdrawn_key_has_signed_is_refused_though_it_was_known(
    issuer: Issuer, taker: Taker, clock: Clock
) -> None:
    token = issuer.token(exp=int(clock()) + 3 * int(OLD))
    await taker.principal(token)
    issuer.keys = [jwk(OTHER_RSA, "two")]
    clock.now += OLD
    assert taker.tokens.principal(token, Surface.INFERENCE).name == "sub:somebody"
    await taker.looked(2)
    with pytest.raises(Unchecked):
        taker.tokens.principal(token, Surface.INFERENCE)
    with pytest.raises(InvalidToken):
        await taker.principal(token)


async def test_the_keys_stay_good_while_the_issuer_is_down(
    issuer: Issuer, taker: Taker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await taker.principal(issuer.token())
    issuer.status = 503
    clock.now += 10 * OLD
    assert (await taker.principal(issuer.token())).name == "sub:somebody"
    await taker.looked(2)
    assert "openid-configuration answers 503" in caplog.text
    assert (await taker.principal(issuer.token(jti="later"))).name == "sub:somebody"
    issuer.status = 200
    issuer.keys = [jwk(CURVES["ES256"], "two")]
    clock.now += REST
    assert (await taker.principal(issuer.token(CURVES["ES256"], "ES256", "two"))).name == "sub:somebody"


async def test_an_issuer_that_was_never_reached_is_no_fault_of_the_token(clock: Clock, issuer: Issuer) -> None:
    issuer.status = 500
    async with taking(issuer.url, clock=clock) as taker:
        for _ in range(10):
            with pytest.raises(IssuerUnreachable) as caught:
                await taker.principal(issuer.token())
        assert caught.value.status == 503
        assert len(issuer.asked) == 1
        issuer.status = 200
        clock.now += REST
        assert (await taker.principal(issuer.token())).name == "sub:somebody"


async def test_an_address_where_nobody_listens_is_an_issuer_that_is_down(clock: Clock, issuer: Issuer) -> None:
    nobody = "http://127.0.0.1:1/tenant"
    async with taking(nobody, clock=clock) as taker:
        with pytest.raises(IssuerUnreachable):
            await taker.principal(issuer.token(iss=nobody))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": "https://login.example/other"}, "it calls itself 'https://login.example/other'"),
        ({"issuer": None}, "it calls itself None"),
        ({"jwks_uri": None}, "its keys are not at an https address: None"),
        ({"jwks_uri": "http://login.example/keys"}, "its keys are not at an https address"),
        ({"jwks_uri": "file:///etc/passwd"}, "its keys are not at an https address"),
        ({"jwks_uri": "http://127.0.0.1:x/"}, "its keys are not at an https address"),
        ({"jwks_uri": "http://127.0.0.1/a b"}, "a target is a path"),
    ],
)
async def test_a_wrong_document_is_told_in_the_log(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture, document: dict[str, Any], why: str
) -> None:
    issuer.document = document
    with caplog.at_level(logging.WARNING), pytest.raises(IssuerUnreachable):
        await taker.principal(issuer.token())
    assert f"identity: the keys of {issuer.url} cannot be had: {why}" in caplog.text


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys": 1}', b"[" * 10_000, b"x" * 2_000_000])
async def test_an_answer_that_is_no_document_is_told_in_the_log(
    issuer: Issuer, taker: Taker, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    issuer.body = body
    with caplog.at_level(logging.WARNING), pytest.raises(IssuerUnreachable):
        await taker.principal(issuer.token())
    assert f"the keys of {issuer.url} cannot be had" in caplog.text


@pytest.mark.parametrize("keys", [[], [1], [{"kty": "OKP"}]])
async def test_an_issuer_without_a_key_that_can_be_used_is_none(issuer: Issuer, taker: Taker, keys: list[Any]) -> None:
    issuer.keys = keys
    with pytest.raises(IssuerUnreachable):
        await taker.principal(issuer.token())
