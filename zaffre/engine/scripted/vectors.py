"""Scripted embeddings: unit vectors drawn from a hash, so that the same input has the same vector everywhere."""

import math
import struct
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from hashlib import shake_256
from urllib.parse import unquote_to_bytes

from zaffre.core.embeddings import Embedding, EncodingFormat, ImageInput
from zaffre.core.errors import Complaint, InvalidParameters
from zaffre.core.vectors import written


def vector(content: bytes, dimensions: int, kept: int | None = None) -> list[float]:
    """The unit vector of some content; no component is 0.

    Args:
        kept: how many components are wanted, if fewer: the first ones, as a unit vector again.
    """
    drawn = struct.unpack(f"<{dimensions}h", shake_256(content).digest(2 * dimensions))[:kept]
    # Odd numbers, since clients take a 0 at either end of a vector for a broken answer.
    components = [2 * number + 1 for number in drawn]
    length = math.hypot(*components)
    return [component / length for component in components]


def encoded(unit: Sequence[float], encoding: EncodingFormat) -> Embedding:
    """The vector in the format asked for; in the integer formats 127 stands for the largest component."""
    if encoding not in ("int8", "uint8"):
        return written(unit, encoding)
    scale = 127 / max(map(abs, unit))
    shift = 128 if encoding == "uint8" else 0
    return [(round(component * scale) or 1) + shift for component in unit]


def kept_dimensions(asked: int | None, dimensions: int) -> int:
    """How many components to answer with.

    Raises:
        InvalidParameters: more than the model has.
    """
    if asked is not None and asked > dimensions:
        why = f"The model's vectors have {dimensions} dimensions."
        raise InvalidParameters([Complaint("invalid_value", ["body", "dimensions"], why, asked)])
    return asked or dimensions


def image_content(sent: ImageInput, place: int) -> bytes:
    """The bytes that an image's vector is drawn from: the image itself, then its text.

    Raises:
        InvalidParameters: the image is not a data URL of an image.
    """
    image = _image_bytes(sent.image)
    if not image:
        why = "image must be a data URL such as data:image/png;base64,..."
        raise InvalidParameters([Complaint("invalid_value", ["body", "input", str(place), "image"], why, sent.image)])
    return image if sent.text is None else image + b"\0" + sent.text.encode(errors="replace")


def _image_bytes(url: str) -> bytes | None:
    head, comma, data = url.partition(",")
    if not comma or not head.lower().startswith("data:image/"):
        return None
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(data)
    try:
        return b64decode(unquote_to_bytes(data), validate=True)
    except Error:
        return None
