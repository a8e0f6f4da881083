"""Personal data in texts: recognised by form and, where there is one, by checksum."""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final

from zaffre.config.filters import PersonalData

Span = tuple[int, int]

NAMES: Final[Mapping[PersonalData, str]] = {
    "email": "Email",
    "phone": "PhoneNumber",
    "credit_card": "CreditCardNumber",
    "iban": "InternationalBankingAccountNumber",
    "ip_address": "IPAddress",
    "us_ssn": "USSocialSecurityNumber",
}
"""As Azure names them: learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-personal-information"""

# Every repetition is bounded, so that no text makes a search slow.
_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
_CARD: Final = re.compile(r"(?<![\d.-])[2-6]\d{3}(?:[ -]?\d){8,15}(?![\d-])")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,32}")
_V4: Final = re.compile(r"(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_V6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:]|\.\d)")
_SSN: Final = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_PHONE: Final = re.compile(
    r"(?<![\w.+(-])(?:"
    r"\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6}"  # with the country's code
    r"|(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}"  # North American
    r"|\(?0\d{1,5}\)?(?:[ /-]\d{2,6}){1,4}"  # within a country
    r")(?![\w-])"
)

_IBAN_LENGTHS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FK", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
"""By country, as the SWIFT registry has them."""


def found(kind: PersonalData, text: str) -> list[Span]:
    """Where a text has data of this kind, in order."""
    return list(_FINDERS[kind](text))


def masked(text: str, spans: list[Span]) -> str:
    """The text with asterisks instead, of the same length."""
    parts = list(text)
    for start, end in spans:
        parts[start:end] = "*" * (end - start)
    return "".join(parts)


def _all(pattern: re.Pattern[str], fits: Callable[[str], bool] = bool) -> Callable[[str], Iterator[Span]]:
    def find(text: str) -> Iterator[Span]:
        return (match.span() for match in pattern.finditer(text) if fits(match[0]))

    return find


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        # Words in capitals may follow: the country says how long it is.
        length = _IBAN_LENGTHS.get(match[0][:2], 0)
        end, letters = match.start(), 0
        while letters < length and end < match.end():
            letters += text[end] != " "
            end += 1
        whole = letters == length and not text[end : end + 1].isalnum()
        if whole and _checks(text[match.start() : end].replace(" ", "")):
            yield match.start(), end


def _checks(iban: str) -> bool:
    """ISO 13616: the remainder by 97 is 1."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _luhn(number: str) -> bool:
    digits = [int(each) for each in number if each.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _address(text: str) -> bool:
    # "::" alone, and C++'s `std::` with it, are no addresses of anybody.
    if ":" in text and sum(each in "0123456789abcdefABCDEF" for each in text) < 3:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _addresses(text: str) -> Iterator[Span]:
    for pattern in (_V4, _V6):
        yield from _all(pattern, _address)(text)


def _telephone(number: str) -> bool:
    digits = sum(each.isdigit() for each in number)
    # Within a country fewer could be a date.
    return (9 if number.lstrip("(").startswith("0") else 7) <= digits <= 15


_FINDERS: Final[Mapping[PersonalData, Callable[[str], Iterator[Span]]]] = {
    "email": _all(_EMAIL),
    "phone": _all(_PHONE, _telephone),
    "credit_card": _all(_CARD, _luhn),
    "iban": _ibans,
    "ip_address": _addresses,
    "us_ssn": _all(_SSN),
}
