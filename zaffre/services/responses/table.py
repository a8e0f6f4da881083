"""POST /responses: the fields that the API names.

Source: https://github.com/openai/openai-openapi, `CreateResponse`, and what the published `openai` package sends beyond
it. What is only accepted (since it asks nothing of a model) is carried as an object, unread.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Raw, Struct

from zaffre.core.chat import JsonObjectFormat, Share, Temperature, TextFormat, ToolName
from zaffre.core.openai import Alternatives, Effort, Metadata, Object, Verbosity
from zaffre.gateway.table import FieldTable

Limit = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""OpenAI asks for 16 tokens at least; the models behind this server write fewer, too."""

Include = Literal[
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
]
LOGPROBS: Final[Include] = "message.output_text.logprobs"


class FunctionTool(Struct):
    """Flat, where chat nests."""

    type: Literal["function"]
    name: ToolName
    description: str | None = None
    parameters: Object | None = None
    strict: bool | None = None


class NamedFunction(Struct, tag_field="type", tag="function"):
    """The choice of one function."""

    name: str


class AllowedTools(Struct, tag_field="type", tag="allowed_tools"):
    """The choice among some of the tools."""

    mode: Literal["auto", "required"]
    tools: list[Object]


class JsonSchemaFormat(Struct, tag_field="type", tag="json_schema"):
    """Flat, where chat nests."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    schema: Object
    description: str | None = None
    strict: bool | None = None


class Text(Struct):
    format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    verbosity: Verbosity | None = None


class Reasoning(Struct):
    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    """The older name of `summary`."""


class StreamOptions(Struct):
    include_obfuscation: bool | None = None


class ResponseParameters(Struct, kw_only=True):
    """What a body may say. None means absent, since clients send null for it."""

    model: str | None = None
    input: str | list[dict[str, Raw]] | None = None
    access_programs: Object | None = None
    background: bool | None = None
    background_options: Object | None = None
    context_management: list[Object] | None = None
    conversation: str | Object | None = None
    image: Object | None = None
    include: list[Include] | None = None
    instructions: str | None = None
    max_output_tokens: Limit | None = None
    max_tool_calls: int | None = None
    metadata: Metadata | None = None
    moderation: Object | None = None
    parallel_tool_calls: bool | None = None
    previous_response_id: str | None = None
    prompt: Object | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Object | None = None
    prompt_cache_retention: str | None = None
    reasoning: Reasoning | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    text: Text | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedFunction | AllowedTools | None = None
    tools: list[FunctionTool] | None = None
    top_logprobs: Alternatives | None = None
    top_p: Share | None = None
    truncation: Literal["auto", "disabled"] | None = None
    user: str | None = None


TABLE: Final = FieldTable(ResponseParameters)
