"""Surface: a published wire API."""

from enum import StrEnum
from typing import Final


class Surface(StrEnum):
    """A published wire API. Each has its own error bodies and headers."""

    INFERENCE = "inference"
    CLASSIC = "azure-openai"
    """Azure OpenAI below `/openai`, with a dated `api-version`."""
    V1 = "openai"
    """OpenAI, below `/openai/v1`, `/v1` and a project's address."""
    CONTENT_SAFETY = "content-safety"
    """Azure AI Content Safety, below `/contentsafety`."""

    MANAGEMENT = "management"
    """Azure Resource Manager's, below `/subscriptions`: deployments and what belongs to them."""


DATA: Final = frozenset(Surface) - {Surface.MANAGEMENT}
"""Those that answer by models. Who may use all of them manages nothing."""
