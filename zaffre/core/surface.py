"""Surface: a published wire API."""

from enum import StrEnum


class Surface(StrEnum):
    """A published wire API. Each has its own error bodies and headers."""

    INFERENCE = "inference"
    CLASSIC = "azure-openai"
    """Azure OpenAI below `/openai`, with a dated `api-version`."""
    V1 = "openai"
    """OpenAI, below `/openai/v1`, `/v1` and a project's address."""
    CONTENT_SAFETY = "content-safety"
    """Azure AI Content Safety, below `/contentsafety`."""
