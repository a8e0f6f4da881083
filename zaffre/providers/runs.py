"""Runs of plain text in a streamed chat of the OpenAI dialect: events that differ in nothing but their text.

Most servers write every such event of a stream with the same bytes around its text. Once one event has shown them, all
that follow are found by those bytes and only their texts are decoded, which is a quarter of the cost.
"""

import re
from operator import itemgetter
from typing import Final

import msgspec
from msgspec import Struct

from zaffre.core.chat import ChunkChoice, Delta, TextRun
from zaffre.providers import strict
from zaffre.providers.lenient import DECODING_FAILED

_CONTENT: Final = re.compile(rb'"content": ?"((?:[^"\\\n]++|\\.)++)"')
_OTHER_TEXT: Final = b"another text"
_LOOKED_AT: Final = 3
"""Events of a read that are looked at for the form, the last of them first: that of a stream's first event often tells
the role, too."""
_TRIES: Final = 8
"""How often a form is looked for that fits no second time: some servers write no two events alike."""

_text: Final = msgspec.json.Decoder(str)
_texts: Final = msgspec.json.Decoder(list[str])


class _Form(Struct, frozen=True):
    """How a server writes an event that is plain text."""

    before: bytes
    after: bytes
    """Its blank line included. JSON holds no line end, so this is never part of a text."""

    def pieces(self, run: bytes) -> list[bytes]:
        """The texts of whole events, without empty ones; none at all where an event is of another form."""
        before, after = len(self.before), len(self.after)
        inner = run[before:-after]
        if b"\n" not in inner:
            return [inner] if inner else []
        # Split by one byte: looking for long ones costs five times as much.
        pieces = list(map(itemgetter(slice(before, 2 - after)), run.split(b"\n")[:-2:2]))
        if (self.after + self.before).join(pieces) != inner:
            return []
        return pieces if all(pieces) else list(filter(None, pieces))


class Runs:
    """Finds the runs of one stream."""

    __slots__ = ("_form", "_tries")

    def __init__(self) -> None:
        self._form: _Form | None = None
        self._tries = _TRIES

    def find(self, text: bytes) -> tuple[bytes, TextRun, bytes] | None:
        """The run in whole events (`EventDecoder.feed_text`), between those before and after it; None: there is
        none."""
        form = self._form
        start = -1 if form is None else text.find(form.before)
        if start < 0:
            form = self._learned(text)
            if form is None:
                return None
            start = text.find(form.before)
        else:
            self._tries = _TRIES
        assert form is not None  # noqa: S101
        last = text.rfind(form.after, start + len(form.before))
        if last < 0 or (start and text[start - 2 : start] != b"\n\n"):
            return None
        end = last + len(form.after)
        pieces = form.pieces(text[start:end])
        content = _content(pieces)
        if content is None:
            return None
        return text[:start], TextRun([ChunkChoice(Delta(content))], pieces=pieces), text[end:]

    def _learned(self, text: bytes) -> _Form | None:
        """The form of one of the first events, if that is plain text."""
        if not self._tries:
            return None
        self._tries -= 1
        for event in reversed(text.split(b"\n\n", _LOOKED_AT)[:_LOOKED_AT]):
            form = _form(event)
            if form is not None:
                self._form = form
                return form
        return None


def _form(event: bytes) -> _Form | None:
    """The form of an event that is plain text.

    Where the text is, is guessed and then proved: with another one there, the event says that one and nothing else.
    """
    guess = _CONTENT.search(event)
    if guess is None or not event.startswith(b"data:"):
        return None
    before, after = event[: guess.start(1)], event[guess.end(1) :]
    if not strict.is_text(before[len(b"data:") :] + _OTHER_TEXT + after, _OTHER_TEXT.decode()):
        return None
    return _Form(before, after + b"\n\n")


def _content(pieces: list[bytes]) -> str | None:
    """The text of pieces that each stand between the quotes of a JSON string; None: one of them does not."""
    if not pieces:
        return None
    try:
        joined = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if joined.isascii() and b"\\" not in joined:
            return _text.decode(b'"%b"' % joined)  # no character can be cut in two
        array = b'["%b"]' % b'","'.join(pieces)
        if b'\\","' in array:
            return None  # an escape at the end of a piece could hide where it ends
        texts = _texts.decode(array)
    except DECODING_FAILED:
        return None
    return "".join(texts) if len(texts) == len(pieces) else None
