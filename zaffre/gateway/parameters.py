"""From a body's top-level fields to a request the deployment can answer, or to the reason why not.

Refusals come in the order clients rely on: names the API does not know (400), wrong types and ranges (422), names
the model cannot do (422). Only top-level names are judged: clients put fields of their own inside messages.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import msgspec

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.deployment import Deployment
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.core.errors import Complaint, ExtraParameters, InvalidParameters
from zaffre.core.modality import Modality
from zaffre.gateway.abilities import within_abilities
from zaffre.gateway.complaints import complaint
from zaffre.gateway.fields import Fields

ModelRequest = ChatRequest | CompletionRequest | EmbeddingsRequest | ImageEmbeddingsRequest
R = TypeVar("R", bound=ModelRequest)


class Extras(StrEnum):
    """The policy for names the API does not know: the header `extra-parameters`."""

    ERROR = "error"
    DROP = "drop"
    PASS_THROUGH = "pass-through"  # noqa: S105


class Operation(Generic[R]):
    """One route's field table and the request it makes."""

    def __init__(self, modality: Modality, parameters: type[msgspec.Struct], request: Callable[..., R]) -> None:
        self.modality = modality
        self._request: Callable[..., R] = request
        self._table = msgspec.structs.fields(parameters)
        self._names = frozenset(column.name for column in self._table)
        self._whole = msgspec.json.Decoder(parameters)

    @cached_property
    def _decoders(self) -> dict[str, msgspec.json.Decoder[Any]]:
        return {column.name: msgspec.json.Decoder(column.type) for column in self._table}

    def shape(self, deployment: Deployment, body: bytes, fields: Fields, extras: Extras) -> R:
        """The request as the deployment's backend gets it.

        Args:
            body: the whole body, of which `fields` is the top level.
            extras: what happens to names the API does not know.

        Raises:
            ExtraParameters, InvalidParameters, UnsupportedParameters
            RecursionError: nested too deeply.
        """
        if not fields.keys() <= self._names:
            fields = self._without_extras(fields, extras)
        known = self._checked(body, fields)
        fields = within_abilities(deployment, fields, known, drop=extras is Extras.DROP)
        return self._request(known, fields, extras is Extras.PASS_THROUGH)

    def _without_extras(self, fields: Fields, extras: Extras) -> Fields:
        if extras is Extras.PASS_THROUGH:
            return fields
        if extras is Extras.DROP:
            return {name: raw for name, raw in fields.items() if name in self._names}
        raise ExtraParameters([name for name in fields if name not in self._names])

    def _checked(self, body: bytes, fields: Fields) -> msgspec.Struct:
        try:
            return self._whole.decode(body)
        except msgspec.ValidationError:
            pass
        complaints = [found for column in self._table if (found := self._complaint_about(column, fields))]
        if complaints:
            raise InvalidParameters(complaints)
        return self._without_nulls(fields)

    def _without_nulls(self, fields: Fields) -> msgspec.Struct:
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


CHAT: Final = Operation(Modality.CHAT, ChatParameters, ChatRequest)
COMPLETIONS: Final = Operation(Modality.COMPLETIONS, CompletionParameters, CompletionRequest)
EMBEDDINGS: Final = Operation(Modality.TEXT_EMBEDDINGS, EmbeddingsParameters, EmbeddingsRequest)
IMAGE_EMBEDDINGS: Final = Operation(Modality.IMAGE_EMBEDDINGS, ImageEmbeddingsParameters, ImageEmbeddingsRequest)
