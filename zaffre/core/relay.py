"""Requests that are handed on as they came, but for the model's name in them: images and audio.

Nothing in them is judged here; the model's server knows its own fields.
"""

from collections.abc import AsyncGenerator, Sequence
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


_WRITTEN: Final = ("prompt", "input", "instructions")
"""Fields of theirs in which users write."""


class JsonPassage(Struct):
    """A body of JSON."""

    route: str
    fields: dict[str, Raw]
    content_type: bytes = b"application/json"

    @property
    def texts(self) -> list[str]:
        """What a user wrote in it."""
        decoded = (msgspec.json.decode(self.fields[name]) for name in _WRITTEN if name in self.fields)
        return [text for text in decoded if isinstance(text, str)]

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
    texts: Sequence[str] = ()
    """What a user wrote in it."""

    def body(self, model: str) -> bytes:
        """The form, with this name in it and every other byte as it was."""
        if self.span is None:
            start = end = self.content.index(b"--" + self.boundary)
            written = b'--%b\r\nContent-Disposition: form-data; name="model"\r\n\r\n%b\r\n'
            written %= (self.boundary, model.encode())
        else:
            start, end = self.span
            written = model.encode()
        # Views: slices would copy a file of many megabytes once more.
        content = memoryview(self.content)
        return b"".join([content[:start], written, content[end:]])


Passage = JsonPassage | FormPassage


class Relayed(Struct):
    """What came back, piece by piece."""

    content_type: bytes
    pieces: AsyncGenerator[bytes, None]
    """They have to be closed, which lets go of the upstream."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Further fields that tell how to read the pieces."""
