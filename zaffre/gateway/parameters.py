"""From a body's top-level fields to a request the deployment can answer, or to the reason why not.

Refusals come in the order clients rely on: names the API does not know (400), wrong types and ranges (422), names
the model cannot do (422). Only top-level names are judged: clients put fields of their own inside messages.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.deployment import Deployment
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.core.errors import ExtraParameters
from zaffre.core.modality import Modality
from zaffre.gateway.abilities import within_abilities
from zaffre.gateway.fields import Fields
from zaffre.gateway.table import FieldTable

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
        self._table = FieldTable(parameters)
        self._names = self._table.names

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
        known = self._table.checked(body, fields)
        fields = within_abilities(deployment, fields, known, drop=extras is Extras.DROP)
        return self._request(known, fields, extras is Extras.PASS_THROUGH)

    def _without_extras(self, fields: Fields, extras: Extras) -> Fields:
        if extras is Extras.PASS_THROUGH:
            return fields
        if extras is Extras.DROP:
            return {name: raw for name, raw in fields.items() if name in self._names}
        raise ExtraParameters([name for name in fields if name not in self._names])


CHAT: Final = Operation(Modality.CHAT, ChatParameters, ChatRequest)
COMPLETIONS: Final = Operation(Modality.COMPLETIONS, CompletionParameters, CompletionRequest)
EMBEDDINGS: Final = Operation(Modality.TEXT_EMBEDDINGS, EmbeddingsParameters, EmbeddingsRequest)
IMAGE_EMBEDDINGS: Final = Operation(Modality.IMAGE_EMBEDDINGS, ImageEmbeddingsParameters, ImageEmbeddingsRequest)
