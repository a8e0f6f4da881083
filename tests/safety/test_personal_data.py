"""Personal data in answers: found by form and checksum, told, masked or stopped."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import chat, json_of
from tests.safety.screened import Screened
from tests.safety.streaming import PROSE, split, streaming, told
from tests.safety.test_whole_answers import answering
from zaffre.config.filters import FilterConfig
from zaffre.safety.personal import NAMES, found, masked

FOUND = {
    "email": ["jane.doe@example.org", "a+b_c%d@mail.example.co.uk", "x@xn--bcher-kva.example"],
    "phone": [
        "+1 425 555 0100",
        "+44 (0)20 7946 0958",
        "+49-30-901820",
        "(425) 555-0100",
        "425-555-0100",
        "1-800-555-0199",
        "030 901820-00",
        "0800 123 4567",
    ],
    "credit_card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"],
    "ip_address": ["192.168.0.1", "2001:db8::8a2e:370:7334", "fe80:0:0:0:200:f8ff:fe21:67cf", "::ffff:192.0.2.128"],
    "us_ssn": ["078-05-1120", "219 09 9999"],
}
NOTHING = {
    "email": ["jane.doe at example", "@example.org", "jane@localhost", "a@b.c"],
    "phone": ["2024-10-21", "01-02-2024", "3.14159265", "1,000,000", "192.168.0.1", "78-05-1120", "0.123 456"],
    "credit_card": ["4111 1111 1111 1112", "1234567890123456", "0000 0000 0000 0000", "4111-1111-1111"],
    "iban": ["DE89 3704 0044 0532 0130 01", "DE8937040044053201300", "XX89370400440532013000", "GB29 NWBK"],
    "ip_address": ["256.1.1.1", "1.2.3", "1.2.3.4.5", "12:30:45", "std::vector", "::", "v1.2.3.4"],
    "us_ssn": ["000-05-1120", "666-05-1120", "900-05-1120", "078-00-1120", "078-05-0000", "078-051120", "078 05-1120"],
}
CASES = [(kind, text, True) for kind, texts in FOUND.items() for text in texts]
CASES += [(kind, text, False) for kind, texts in NOTHING.items() for text in texts]


@pytest.mark.parametrize(("kind", "text", "there"), CASES)
def test_data_is_found_where_it_is_and_nowhere_else(kind: Any, text: str, there: bool) -> None:
    said = f"You can use {text}, he said."
    assert [said[start:end] for start, end in found(kind, said)] == ([text] if there else [])


def test_words_in_capitals_after_an_account_are_no_part_of_it() -> None:
    said = "IBAN DE89 3704 0044 0532 0130 00 AND BIC COBADEFFXXX"
    [(start, end)] = found("iban", said)
    assert said[start:end] == "DE89 3704 0044 0532 0130 00"


@given(st.text(alphabet="0123456789 .-+()@:abAB", max_size=200), st.sampled_from(sorted(NAMES)))
def test_what_is_masked_is_as_long_as_before_and_is_found_no_more(text: str, kind: Any) -> None:
    spans = found(kind, text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    hidden = masked(text, spans)
    assert len(hidden) == len(text)
    assert not [(start, end) for start, end in found(kind, hidden) if (start, end) in spans]


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_no_text_makes_a_search_slow(kind: Any) -> None:
    began = time.process_time()
    for text in ("a.", "0", "0 1", "+1 ", "a@", "1:", "DE00 0", "(0", "1.", "4111 "):
        found(kind, text * 20_000)
    # Hours, if a search went back and forth; this is only to tell it from that.
    assert time.process_time() - began < 60


SAID = "Write to jane.doe@example.org or pay 4111 1111 1111 1111."


def kinds(choice: Any) -> dict[str, tuple[bool, bool, bool]]:
    found = choice["content_filter_results"]["personally_identifiable_information"]["sub_categories"]
    return {each["sub_category"]: (each["detected"], each["filtered"], each["redacted"]) for each in found}


async def test_each_kind_is_handled_as_the_filter_says() -> None:
    said = FilterConfig(pii={"email": "redact", "credit_card": "annotate", "phone": "block"})
    [choice] = json_of(await Screened(answering(SAID), said).post("v1", chat()))["choices"]
    assert choice["message"]["content"] == "Write to ******************** or pay 4111 1111 1111 1111."
    assert kinds(choice) == {
        "Email": (True, False, True),
        "CreditCardNumber": (True, False, False),
        "PhoneNumber": (False, False, False),
    }
    blocked = FilterConfig(pii={"credit_card": "block"})
    [choice] = json_of(await Screened(answering(SAID), blocked).post("v1", chat()))["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "content_filter")


async def test_prompts_are_not_looked_through() -> None:
    said = FilterConfig(pii={"email": "block"})
    assert (await Screened(said=said).post("v1", chat("demo", SAID))).status == 200


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(0, 300))
def test_a_stream_shows_no_part_of_what_is_masked_however_it_is_split(at: list[int], before: int) -> None:
    text = f"{PROSE[:before]} {SAID} {PROSE}"
    said = FilterConfig(pii={"email": "redact", "credit_card": "redact"})

    async def shown() -> tuple[str, str]:
        return await told(streaming(split(text, at), said))

    hidden = text.replace("jane.doe@example.org", "*" * 20).replace("4111 1111 1111 1111", "*" * 19)
    assert asyncio.run(shown()) == (hidden, "stop")
