"""Chat and text completion: what is asked and what is answered.

The `…Parameters` structs are the API's own field tables (types and ranges): msgspec checks a
body against them in one pass. Answers have the OpenAI dialect's shape, the vocabulary every surface shares.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct, field

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Temperature = Annotated[float, Meta(ge=0, le=2)]
Share = Annotated[float, Meta(ge=0, le=1)]
Stop = str | Annotated[list[str], Meta(min_length=1)]
ToolName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")]


# -- what is asked --


class TextPart(Struct, tag_field="type", tag="text"):
    text: str


class ImageUrl(Struct):
    url: str
    detail: str | None = None


class ImagePart(Struct, tag_field="type", tag="image_url"):
    image_url: ImageUrl


class InputAudio(Struct):
    data: str
    format: str


class AudioPart(Struct, tag_field="type", tag="input_audio"):
    input_audio: InputAudio


class AudioUrl(Struct):
    url: str


class AudioUrlPart(Struct, tag_field="type", tag="audio_url"):
    audio_url: AudioUrl


class RefusalPart(Struct, tag_field="type", tag="refusal"):
    """Of an assistant's message, on the surfaces that know it."""

    refusal: str


Part = TextPart | ImagePart | AudioPart | AudioUrlPart
Content = str | list[Part]


class CalledFunction(Struct):
    name: str
    arguments: Any = ""
    """A string of JSON; some clients send the object itself."""


class CalledTool(Struct):
    function: CalledFunction
    id: str | None = None


class SystemMessage(Struct, tag_field="role", tag="system"):
    content: Content


class DeveloperMessage(Struct, tag_field="role", tag="developer"):
    content: Content


class UserMessage(Struct, tag_field="role", tag="user"):
    content: Content


class AssistantMessage(Struct, tag_field="role", tag="assistant"):
    content: Content | None = None
    tool_calls: list[CalledTool] | None = None


class ToolMessage(Struct, tag_field="role", tag="tool"):
    tool_call_id: str
    content: Content | None = None


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage


class Function(Struct):
    name: ToolName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    """A JSON schema, passed on unchecked."""


class Tool(Struct):
    function: Function
    type: Literal["function"] = "function"


class NamedFunction(Struct):
    name: str


class NamedTool(Struct):
    function: NamedFunction
    type: Literal["function"] = "function"


class TextFormat(Struct, tag_field="type", tag="text"):
    pass


class JsonObjectFormat(Struct, tag_field="type", tag="json_object"):
    pass


class JsonSchema(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None


class JsonSchemaFormat(Struct, tag_field="type", tag="json_schema"):
    json_schema: JsonSchema


ResponseFormat = TextFormat | JsonObjectFormat | JsonSchemaFormat


class StreamOptions(Struct):
    include_usage: bool | None = None


class UserSecurityContext(Struct):
    application_name: Annotated[str, Meta(max_length=100)] | None = None
    end_user_id: str | None = None
    end_user_tenant_id: Annotated[str, Meta(max_length=36)] | None = None
    source_ip: Annotated[str, Meta(min_length=2, max_length=45)] | None = None


class ChatParameters(Struct):
    """POST /chat/completions: the fields the API names. None means absent, since clients send null for it."""

    messages: Annotated[list[Message], Meta(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    max_tokens: Count | None = None
    stop: Stop | None = None
    seed: Int64 | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Meta(min_length=1)] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedTool | None = None
    modalities: list[Literal["text", "audio"]] | None = None
    user_security_context: UserSecurityContext | None = None


TextInput = str | Annotated[list[str | int | list[int]], Meta(min_length=1)]
"""A text, texts, one text's token ids, or several texts' token ids; a list holds items of one kind."""


def require_one_kind(name: str, value: TextInput) -> None:
    """Raises ValueError, with the field's name first, for a list of mixed kinds, which a type cannot express."""
    if isinstance(value, list) and len({type(item) for item in value}) > 1:
        raise ValueError(f"{name}: Expected a list of strings, of token ids, or of lists of token ids, got a mixture")


class CompletionParameters(Struct):
    """POST /completions: the fields the API names."""

    prompt: TextInput = "<|endoftext|>"
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    max_tokens: Count | None = None
    stop: Stop | None = None
    seed: Int64 | None = None

    def __post_init__(self) -> None:
        require_one_kind("prompt", self.prompt)


class ChatRequest(Struct):
    """A chat as the model gets it, after the gateway shaped it."""

    known: ChatParameters
    """The fields the API names, checked. What was not said is None."""
    fields: dict[str, Raw]
    """Every top-level field as sent, without nulls: extra parameters too, where the policy lets them pass."""
    pass_through: bool = False

    @property
    def extras(self) -> dict[str, Raw]:
        """Fields beyond the Inference API's own."""
        return _beyond(ChatParameters, self.fields)


class CompletionRequest(Struct):
    """A text completion as the model gets it."""

    known: CompletionParameters
    fields: dict[str, Raw]
    pass_through: bool = False

    @property
    def extras(self) -> dict[str, Raw]:
        """Fields beyond the Inference API's own."""
        return _beyond(CompletionParameters, self.fields)


def _beyond(known: type[Struct], fields: dict[str, Raw]) -> dict[str, Raw]:
    names = known.__struct_fields__
    return {name: value for name, value in fields.items() if name not in names}


def text_of(content: Content | None) -> str:
    """A message's text: its text parts, refusals among them, joined by newline; null is empty."""
    if isinstance(content, str):
        return content
    texts = (_text_of_part(part) for part in content or ())
    return "\n".join(text for text in texts if text is not None)


def _text_of_part(part: object) -> str | None:
    match part:
        case TextPart():
            return part.text
        case RefusalPart():
            return part.refusal
    return None


# -- what is answered --

Carried = Raw | dict[str, Raw]
"""A JSON object that goes through as it came: whole, or (what decoders make of it) its values, each as it came."""

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


class Usage(Struct):
    """Tokens of one call."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    completion_tokens_details: dict[str, Any] | None = None
    prompt_tokens_details: dict[str, Any] | None = None
    estimated: bool = False
    """Counted by us since the backend did not say. Never on the wire."""

    @property
    def cached_tokens(self) -> int:
        """Of the prompt, read from the upstream's cache; 0 where nothing is said."""
        said = self.prompt_tokens_details and self.prompt_tokens_details.get("cached_tokens")
        return said if isinstance(said, int) else 0


class FunctionCall(Struct):
    name: str
    arguments: str
    """JSON as text."""


class ToolCall(Struct):
    id: str
    function: FunctionCall


class AnswerMessage(Struct):
    content: str | None = None
    tool_calls: list[ToolCall] | None = None
    reasoning_content: str | None = None
    audio: Carried | None = None
    refusal: str | None = None
    annotations: list[Raw] | None = None
    """Where the text comes from, as the upstream wrote it."""


class Choice(Struct):
    message: AnswerMessage
    index: int = 0
    finish_reason: str | None = None
    logprobs: Carried | None = None


class Completion(Struct):
    """One whole chat answer."""

    choices: list[Choice]
    usage: Usage | None = None
    system_fingerprint: str | None = None


class FunctionFragment(Struct):
    name: str | None = None
    arguments: str | None = None


class ToolCallFragment(Struct):
    index: int = 0
    id: str | None = None
    function: FunctionFragment | None = None


class Delta(Struct):
    content: str | None = None
    tool_calls: list[ToolCallFragment] | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    audio: Carried | None = None
    annotations: list[Raw] | None = None


class ChunkChoice(Struct):
    delta: Delta
    index: int = 0
    finish_reason: str | None = None
    logprobs: Carried | None = None


class Chunk(Struct):
    """One event of a streamed chat. Choices may be empty in the one that brings the usage."""

    choices: list[ChunkChoice] = field(default_factory=list)
    usage: Usage | None = None


class TextRun(Chunk):
    """Several events of plain text of the first choice that arrived together, as the one event they amount to."""

    pieces: list[bytes] = field(default_factory=list)
    """The text of each, as it stands between the quotes of a JSON string; none is empty."""


class TextChoice(Struct):
    text: str = ""
    index: int = 0
    finish_reason: str | None = None
    logprobs: Carried | None = None


class TextCompletion(Struct):
    """A text completion: the whole answer, or one event of its stream."""

    choices: list[TextChoice] = field(default_factory=list)
    usage: Usage | None = None
