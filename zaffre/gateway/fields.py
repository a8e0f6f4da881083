"""A body's top level: names, and values that stay as they were sent."""

from typing import Final

import msgspec
from msgspec import Raw

from zaffre.core.errors import BadRequest, Complaint, InvalidParameters

Fields = dict[str, Raw]

_fields: Final = msgspec.json.Decoder(Fields)
_value: Final = msgspec.json.Decoder(Raw)
_NULL: Final = Raw(b"null")


def fields_of(body: bytes) -> Fields:
    """The body's fields, nulls left out, since clients send null for absent.

    Raises:
        BadRequest: not JSON, not UTF-8.
        InvalidParameters: JSON, but not an object.
        RecursionError: nested too deeply.
    """
    if not body.strip():
        raise BadRequest("The request has no body; a JSON object is expected.")
    try:
        if not body.isascii():
            body.decode()
        fields = _decoded(body)
    except msgspec.DecodeError as error:
        raise BadRequest(f"The request body is not valid JSON: {error}.") from None
    except UnicodeDecodeError:
        raise BadRequest("The request body is not valid UTF-8.") from None
    if _NULL in fields.values():
        return {name: raw for name, raw in fields.items() if raw != _NULL}
    return fields


def _decoded(body: bytes) -> Fields:
    try:
        return _fields.decode(body)
    except msgspec.ValidationError:
        # The decoder stopped where the object should begin: the rest may be no JSON at all.
        value = _value.decode(body)
        raise InvalidParameters([Complaint("object_type", ["body"], "Expected an object.", value)]) from None
