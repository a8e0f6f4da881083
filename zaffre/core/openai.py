"""What OpenAI's API names beyond the Inference API: its field tables are the same, and more.

Source: https://github.com/openai/openai-openapi, `CreateChatCompletionRequest` and its neighbours; `data_sources` is
Azure's. A field that both surfaces know stands in `core.chat` or `core.embeddings` alone.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from zaffre.core.chat import (
    AssistantMessage,
    AudioPart,
    AudioUrlPart,
    ChatParameters,
    CompletionParameters,
    Count,
    DeveloperMessage,
    ImagePart,
    NamedFunction,
    NamedTool,
    RefusalPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolMessage,
    UserMessage,
)
from zaffre.core.embeddings import EmbeddingsParameters
from zaffre.core.modality import Modality

Choices = Annotated[int, Meta(ge=1, le=128)]
Alternatives = Annotated[int, Meta(ge=0, le=20)]
Bias = dict[str, Annotated[float, Meta(ge=-100, le=100)]]
Metadata = Annotated[dict[str, Annotated[str, Meta(max_length=512)]], Meta(max_length=16)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Verbosity = Literal["low", "medium", "high"]
Object = dict[str, Any]
"""An object that is for the model's server to read."""


class FilePart(Struct, tag_field="type", tag="file"):
    file: Object


OpenAIPart = TextPart | ImagePart | AudioPart | AudioUrlPart | RefusalPart | FilePart


class OpenAIUserMessage(UserMessage, tag_field="role", tag="user"):
    content: str | list[OpenAIPart]  # type: ignore[assignment]


class OpenAIAssistantMessage(AssistantMessage, tag_field="role", tag="assistant"):
    content: str | list[OpenAIPart] | None = None  # type: ignore[assignment]
    function_call: Object | None = None
    """A call of one of `functions`, which `tools` replaced."""


class FunctionMessage(Struct, tag_field="role", tag="function"):
    """What a function of `functions` answered."""

    name: str
    content: str | None = None


OpenAIMessage = (
    SystemMessage | DeveloperMessage | OpenAIUserMessage | OpenAIAssistantMessage | ToolMessage | FunctionMessage
)


class AllowedTools(Struct):
    mode: Literal["auto", "required"]
    tools: list[NamedTool]


class ChosenTools(NamedTool):
    """The choice of one function, or among some of the tools."""

    function: NamedFunction | None = None  # type: ignore[assignment]
    type: Literal["function", "allowed_tools"] = "function"  # type: ignore[assignment]
    allowed_tools: AllowedTools | None = None

    def __post_init__(self) -> None:
        if getattr(self, self.type) is None:
            raise ValueError(f"Object missing required field `{self.type}`")


class OpenAIChatParameters(ChatParameters, kw_only=True):
    """POST /chat/completions, as OpenAI and Azure OpenAI name its fields."""

    messages: Annotated[list[OpenAIMessage], Meta(min_length=1)]  # type: ignore[assignment]
    audio: Object | None = None
    data_sources: list[Object] | None = None
    function_call: str | Object | None = None
    functions: Annotated[list[Object], Meta(min_length=1, max_length=128)] | None = None
    logit_bias: Bias | None = None
    logprobs: bool | None = None
    max_completion_tokens: Count | None = None
    metadata: Metadata | None = None
    moderation: Object | None = None
    n: Choices | None = None
    parallel_tool_calls: bool | None = None
    prediction: Object | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Object | None = None
    prompt_cache_retention: str | None = None
    reasoning_effort: Effort | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    tool_choice: Literal["auto", "none", "required"] | ChosenTools | None = None
    tools: list[Tool] | None = None
    top_logprobs: Alternatives | None = None
    user: str | None = None
    verbosity: Verbosity | None = None
    web_search_options: Object | None = None


class OpenAICompletionParameters(CompletionParameters, kw_only=True):
    """POST /completions, as OpenAI names its fields."""

    best_of: Annotated[int, Meta(ge=0, le=20)] | None = None
    echo: bool | None = None
    logit_bias: Bias | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    n: Choices | None = None
    suffix: str | None = None
    user: str | None = None


class OpenAIEmbeddingsParameters(EmbeddingsParameters, kw_only=True):
    """POST /embeddings, as OpenAI names its fields."""

    user: str | None = None


TABLES: Final[Mapping[Modality, type[Struct]]] = {
    Modality.CHAT: OpenAIChatParameters,
    Modality.COMPLETIONS: OpenAICompletionParameters,
    Modality.TEXT_EMBEDDINGS: OpenAIEmbeddingsParameters,
}
