"""The forms that texts in a configuration have: names, ports, sizes, addresses."""

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from zaffre.config.mistakes import Unfit, one_of
from zaffre.config.reading import Form, integer, number

MAX_SECONDS = 86_400
UNITS = {"": 1, "B": 1, "KB": 2**10, "KIB": 2**10, "MB": 2**20, "MIB": 2**20, "GB": 2**30, "GIB": 2**30}
"""Powers of 1024, as memory and body limits are usually meant."""

HOP_HEADERS = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade"})
"""Set by the HTTP client alone: a second one would break the message."""


def matching(pattern: str) -> Callable[[str], str]:
    """A check that a text is of this pattern, whole."""
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise Unfit
        return text

    return parse


def between(low: float, high: float) -> Callable[[str], int]:
    """A whole number in these bounds, both included."""

    def parse(text: str) -> int:
        value = integer(text)
        if not low <= value <= high:
            raise Unfit
        return value

    return parse


def chosen(*names: str) -> Form:
    """One of these names."""

    def parse(text: str) -> str:
        if text not in names:
            raise Unfit
        return text

    return Form(one_of(names), parse)


def _seconds(text: str) -> float:
    value = number(text)
    if not 0 < value <= MAX_SECONDS:
        raise Unfit
    return value


def _amount(text: str) -> float:
    value = number(text)
    if value < 0:
        raise Unfit
    return value


def _share(text: str) -> float:
    value = number(text)
    if not 0 <= value <= 1:
        raise Unfit
    return value


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12}) ?([A-Za-z]{0,3})", text)
    unit = UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None or int(match[1]) == 0:
        raise Unfit
    return int(match[1]) * unit


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unfit(f"one that cannot be read ({error})") from None


def _address(text: str) -> str:
    # A password may stand before the "@" and a key in the query, so neither text is repeated.
    if "@" in text:
        raise Unfit("one with a user or password in it", expected="an address without them (use credential)")
    if "?" in text or "#" in text:
        raise Unfit('one with "?" or "#"', expected="an address without a query (api_version has a key of its own)")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character <= " " or character == "\x7f" for character in text):
        raise Unfit
    return text.rstrip("/")


def _host_name(text: str) -> str:
    labels = text.rstrip(".").lower().split(".")
    if len(text) > 253 or not all(re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels):
        raise Unfit
    return ".".join(labels)


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", text):
        raise Unfit
    if text.lower() in HOP_HEADERS:
        raise Unfit(expected="a header other than those that the connection itself needs")
    return text


Name = Annotated[
    str,
    Form(
        "a name of 1 to 64 letters, digits, - _ . that begins with a letter or digit",
        matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    ),
]
Word = Annotated[str, Form("a name without spaces", matching(r"[^\s\x00-\x1f]{1,200}"))]
Port = Annotated[int, Form("a port number from 0 to 65535 (0: any free one)", between(0, 65535))]
Count = Annotated[int, Form("a whole number from 1 up", between(1, 2**31 - 1))]
Amount = Annotated[int, Form("a whole number from 0 up", between(0, 2**31 - 1))]
Seconds = Annotated[float, Form("a number of seconds above 0, at most a day", _seconds)]
Duration = Annotated[float, Form("a number from 0 up", _amount)]
Share = Annotated[float, Form("a number from 0 to 1", _share)]
Size = Annotated[int, Form("a number of bytes such as 33554432 or 32MB", _size)]
Status = Annotated[int, Form("an error status from 400 to 599", between(400, 599))]
Pattern = Annotated[re.Pattern[str], Form("a regular expression", _pattern)]
Address = Annotated[str, Form("an address that begins with http:// or https://", _address)]
HostName = Annotated[str, Form("a host name without a port", _host_name)]
HeaderName = Annotated[str, Form("a header's name", _header_name)]
Sha256 = Annotated[str, Form("64 hexadecimal digits", lambda text: matching(r"[0-9a-f]{64}")(text.lower()))]
