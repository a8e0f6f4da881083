"""What a text says once its encoded parts are read: base64, hexadecimal, percent and character references, rot13,
and words written backwards."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from zaffre.safety.patterns import Sieve

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ ,]?){12,}")
_HEX_SIGNS: Final = re.compile(r"0x|\\x|[ ,]")
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2}[^%\s]{0,20}){3}")
_REFERENCES: Final = re.compile(r"(?:&#x?[0-9a-fA-F]{2,6};[^&]{0,3}){4}")
_SPANS: Final = Sieve(base64=_BASE64, hexadecimal=_HEX, percent=_PERCENT, references=_REFERENCES)
_ROT13: Final = frozenset(
    ["gur", "naq", "lbh", "lbhe", "ubj", "sbe", "jvgu", "gung", "guvf", "gb", "zr", "vf", "znxr", "jung", "fgrc"]
)
_BACKWARDS: Final = frozenset(
    ["eht", "dna", "uoy", "ruoy", "woh", "rof", "htiw", "taht", "siht", "ot", "em", "ekam", "tahw", "pets"]
)
_TELLING: Final = 3
"""Function words that must stand in a text before it is read as rot13 or backwards."""
_LEGIBLE: Final = 0.9
"""Share of letters, digits and ordinary punctuation in what is taken for text."""
_ORDINARY: Final = re.compile(r"[\w\s.,;:!?'\"()\-]")
_DEPTH: Final = 2
"""Encodings within encodings that are followed."""


def decoded(text: str) -> list[str]:
    """Further texts that `text` carries in encoded form, together at most about four times its length. Mostly none."""
    found: list[str] = []
    layer = [text]
    for _ in range(_DEPTH):
        layer = [inner for outer in layer for inner in _once(outer) if inner != outer]
        found += layer
    return [inner for inner in dict.fromkeys(found) if inner != text]


def _once(text: str) -> Iterator[str]:
    fitting = _SPANS.fitting(text)
    if "percent" in fitting:
        yield unquote(text, errors="ignore")
    if "references" in fitting:
        yield html.unescape(text)
    spans = [*_from_base64(text)] if "base64" in fitting else []
    if "hexadecimal" in fitting:
        spans += _from_hex(text)
    if spans:
        yield " ".join(spans)
    words = set(text.lower().split())
    if len(words & _ROT13) >= _TELLING:
        yield codecs.decode(text, "rot13")
    if len(words & _BACKWARDS) >= _TELLING:
        yield text[::-1]


def _from_base64(text: str) -> Iterator[str]:
    for span in _BASE64.finditer(text):
        signs = span[0].rstrip("=").replace("-", "+").replace("_", "/")
        # Where the text was cut, the span may begin in the middle of a group of four.
        for skipped in range(1 if span.start() else 4):
            said = _plain(signs[skipped:])
            if said:
                yield said
                break


def _plain(signs: str) -> str | None:
    rest = len(signs) % 4
    try:
        said = base64.b64decode(signs[: len(signs) - rest] + (signs[-rest:] + "=" * (4 - rest) if rest > 1 else ""))
        text = said.decode(errors="strict")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if _legible(text) else None


def _from_hex(text: str) -> Iterator[str]:
    for span in _HEX.finditer(text):
        try:
            said = bytes.fromhex(_HEX_SIGNS.sub("", span[0])).decode()
        except ValueError:
            continue
        if _legible(said):
            yield said


def _legible(text: str) -> bool:
    return text.isprintable() and len(_ORDINARY.findall(text)) >= _LEGIBLE * len(text)
