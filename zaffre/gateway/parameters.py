"""From a body's top-level fields to a request the deployment can answer, or to the reason why not.

Refusals come in the order clients rely on: names the API does not know (400), wrong types and ranges (422), names
the model cannot do (422). Only top-level names are judged: clients put fields of their own inside messages.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Raw

from zaffre.core.chat import (
    ChatParameters,
    ChatRequest,
    CompletionParameters,
    CompletionRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    StreamOptions,
    TextFormat,
)
from zaffre.core.deployment import Deployment, Modality
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.core.errors import (
    BadRequest,
    Complaint,
    ExtraParameters,
    InvalidParameters,
    UnsupportedParameters,
    unsupported,
)
from zaffre.gateway.complaints import complaint

ModelRequest = ChatRequest | CompletionRequest | EmbeddingsRequest | ImageEmbeddingsRequest
R = TypeVar("R", bound=ModelRequest)
Fields = dict[str, Raw]


class Extras(StrEnum):
    """The policy for names the API does not know: the header `extra-parameters` (contract 6.1)."""

    ERROR = "error"
    DROP = "drop"
    PASS_THROUGH = "pass-through"  # noqa: S105


# A value equal to the API's default asks for nothing, so no model can fail to do it.
_ASKS_NOTHING: Final[Mapping[str, tuple[object, ...]]] = {
    "stream": (False,),
    "stream_options": (StreamOptions(), StreamOptions(False)),
    "response_format": (TextFormat(),),
    "tool_choice": ("auto",),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "temperature": (1,),
    "top_p": (1,),
    "modalities": (["text"],),
    "encoding_format": ("float",),
    "input_type": ("text",),
}

_fields: Final = msgspec.json.Decoder(Fields)
_value: Final = msgspec.json.Decoder(Raw)
_NULL: Final = b"null"


def fields_of(body: bytes) -> Fields:
    """The body's top level, values undecoded and nulls left out, since clients send null for absent.

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
        fields = _top_level(body)
    except msgspec.DecodeError as error:
        raise BadRequest(f"The request body is not valid JSON: {error}.") from None
    except UnicodeDecodeError:
        raise BadRequest("The request body is not valid UTF-8.") from None
    if _NULL in body:
        return {name: raw for name, raw in fields.items() if bytes(raw) != _NULL}
    return fields


def _top_level(body: bytes) -> Fields:
    try:
        return _fields.decode(body)
    except msgspec.ValidationError:
        # The decoder stopped at the first character: only now is it sure that the rest is JSON, too.
        value = _value.decode(body)
        raise InvalidParameters([Complaint("object_type", ["body"], "Expected an object.", value)]) from None


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
        beyond = deployment.unsupported
        if beyond and not beyond.isdisjoint(fields):
            fields = self._within_abilities(deployment, fields, known, extras)
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
        complaints = list(filter(None, map(self._complaint_about, self._table, [fields] * len(self._table))))
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

    def _within_abilities(
        self, deployment: Deployment, fields: Fields, known: msgspec.Struct, extras: Extras
    ) -> Fields:
        """The fields without those the model cannot do: dropped where they ask for nothing or the policy is drop."""
        refused = []
        kept = dict(fields)
        for name in sorted(deployment.unsupported & fields.keys() & self._names):
            if extras is not Extras.DROP and not _asks_nothing(known, name):
                refused.append(unsupported(name, fields[name], _reason(deployment, name, known)))
                continue
            del kept[name]
            setattr(known, name, None)
        if refused:
            raise UnsupportedParameters(refused)
        return kept


def _asks_nothing(known: msgspec.Struct, name: str) -> bool:
    value = getattr(known, name)
    if isinstance(known, ChatParameters) and name == "tool_choice" and value == "none":
        # The default as long as there is no tool; else it keeps the model from calling one.
        return known.tools is None
    return value in _ASKS_NOTHING.get(name, ())


def _reason(deployment: Deployment, name: str, known: msgspec.Struct) -> str:
    asked = name
    chosen = getattr(known, name)
    if isinstance(chosen, JsonObjectFormat | JsonSchemaFormat):
        asked = f"{name} {chosen.__struct_config__.tag}"
    return f"The model {deployment.model} does not support {asked}."


CHAT: Final = Operation(Modality.CHAT, ChatParameters, ChatRequest)
COMPLETIONS: Final = Operation(Modality.COMPLETIONS, CompletionParameters, CompletionRequest)
EMBEDDINGS: Final = Operation(Modality.TEXT_EMBEDDINGS, EmbeddingsParameters, EmbeddingsRequest)
IMAGE_EMBEDDINGS: Final = Operation(Modality.IMAGE_EMBEDDINGS, ImageEmbeddingsParameters, ImageEmbeddingsRequest)
