"""From the fields of OpenAI's surfaces to a request the deployment can answer.

The field tables are the Inference API's and more (`core.openai`), so one set of checks serves both. What differs is who
judges names that no table knows: a server behind the deployment, if it speaks the dialect; else they are refused.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.deployment import Deployment
from zaffre.core.embeddings import EmbeddingsParameters, EmbeddingsRequest
from zaffre.core.modality import Modality
from zaffre.core.openai import TABLES, OpenAIChatParameters
from zaffre.gateway.abilities import Names, within_abilities, within_backend
from zaffre.gateway.fields import Fields
from zaffre.gateway.offered_tools import offered
from zaffre.gateway.parameters import Extras, Operation, R

_ELSEWHERE: Final = frozenset({"input_type"})
"""Names of the Inference API that OpenAI's does not know."""


class OpenAIOperation(Operation[R]):
    """One route of OpenAI's surfaces."""

    def __init__(self, modality: Modality, shared: type[Struct], request: Callable[..., R]) -> None:
        """
        Args:
            shared: the Inference API's table, of which the surface's own is an extension.
        """
        super().__init__(modality, TABLES[modality], request)
        both = frozenset(shared.__struct_fields__) - _ELSEWHERE
        self._both = Names(both, self._names - _ELSEWHERE)

    def shape(self, deployment: Deployment, body: bytes, fields: Fields, extras: Extras = Extras.PASS_THROUGH) -> R:
        """The request as the deployment's backend gets it.

        Args:
            extras: has no meaning here.

        Raises:
            InvalidParameters, UnknownParameters, UnsupportedParameters
            RecursionError: nested too deeply.
        """
        known = self._table.checked(body, fields)
        if isinstance(known, OpenAIChatParameters):
            fields = offered(known, fields)
        if not fields.keys() <= self._both.inference:
            fields = within_backend(deployment, self.modality, fields, known, self._both)
        fields = within_abilities(deployment, fields, known, drop=False)
        return self._request(known, fields, True)


CHAT: Final = OpenAIOperation(Modality.CHAT, ChatParameters, ChatRequest)
COMPLETIONS: Final = OpenAIOperation(Modality.COMPLETIONS, CompletionParameters, CompletionRequest)
EMBEDDINGS: Final = OpenAIOperation(Modality.TEXT_EMBEDDINGS, EmbeddingsParameters, EmbeddingsRequest)
