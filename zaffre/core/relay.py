"""Requests that are handed on as they came, but for the model's name in them: images and audio.

Nothing in them is judged here; the model's server knows its own fields.
"""

from collections.abc import AsyncGenerator
from typing import Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.modality import Modality

IMAGES: Final = ("images/generations", "images/edits", "images/variations")
AUDIO: Final = ("audio/transcriptions", "audio/translations", "audio/speech")
MODALITIES: Final = {
    **dict.fromkeys(IMAGES, Modality.IMAGES),
    **dict.fromkeys(AUDIO, Modality.AUDIO),
}
"""The kind of work of each route."""


class JsonPassage(Struct):
    """A body of JSON."""

    route: str
    fields: dict[str, Raw]
    content_type: bytes = b"application/json"

    def body(self, model: str) -> bytes:
        """The body, with this name in it."""
        return msgspec.json.encode({**self.fields, "model": model})


class FormPassage(Struct):
    """A form with files (multipart/form-data)."""

    route: str
    content: bytes
    content_type: bytes
    """With its boundary."""
    boundary: bytes
    span: tuple[int, int] | None
    """Where in the content the model's name is; None: nowhere."""

    def body(self, model: str) -> bytes:
        """The form, with this name in it and every other byte as it was."""
        name = model.encode()
        if self.span is None:
            head = b'--%b\r\nContent-Disposition: form-data; name="model"\r\n\r\n' % self.boundary
            return b"%b%b\r\n%b" % (head, name, self.content)
        start, end = self.span
        return b"".join([self.content[:start], name, self.content[end:]])


Passage = JsonPassage | FormPassage


class Relayed(Struct):
    """What came back, piece by piece. The pieces have to be closed."""

    content_type: bytes
    pieces: AsyncGenerator[bytes, None]
