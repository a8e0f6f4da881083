"""A route's field table: the types and ranges of its top-level fields."""

from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from zaffre.core.errors import Complaint, InvalidParameters
from zaffre.gateway.complaints import complaint
from zaffre.gateway.fields import Fields

S = TypeVar("S", bound=msgspec.Struct)


class FieldTable(Generic[S]):
    """Checks bodies against a struct, and says of every field what is wrong with it."""

    def __init__(self, parameters: type[S]) -> None:
        self._table = msgspec.structs.fields(parameters)
        self.names = frozenset(column.name for column in self._table)
        self._whole: msgspec.json.Decoder[S] = msgspec.json.Decoder(parameters)

    @cached_property
    def _decoders(self) -> dict[str, msgspec.json.Decoder[Any]]:
        return {column.name: msgspec.json.Decoder(column.type) for column in self._table}

    def checked(self, body: bytes, fields: Fields) -> S:
        """The fields that the table names.

        Args:
            body: the whole body, of which `fields` is the top level.

        Raises:
            InvalidParameters
            RecursionError: nested too deeply.
        """
        try:
            return self._whole.decode(body)
        except msgspec.ValidationError:
            pass
        complaints = [found for column in self._table if (found := self._complaint_about(column, fields))]
        if complaints:
            raise InvalidParameters(complaints)
        return self._without_nulls(fields)

    def _without_nulls(self, fields: Fields) -> S:
        """The second reading, for a body whose fields are right one by one: a null stood for an absent field."""
        try:
            return self._whole.decode(msgspec.json.encode(fields))
        except msgspec.ValidationError as error:
            name, _, what = str(error).partition(": ")
            raise InvalidParameters([complaint(name, fields[name], msgspec.ValidationError(what))]) from None

    def _complaint_about(self, column: msgspec.structs.FieldInfo, fields: Fields) -> Complaint | None:
        raw = fields.get(column.name)
        if raw is None:
            if not column.required:
                return None
            return Complaint("missing", ["body", column.name], f"{column.name} is required.", None)
        try:
            self._decoders[column.name].decode(raw)
        except msgspec.ValidationError as error:
            return complaint(column.name, raw, error)
        return None
