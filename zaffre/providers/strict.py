"""The fast path: answers of the OpenAI dialect, decoded in one go into the values of `core`, which have its shape.

Each function raises one of `lenient.DECODING_FAILED` for what is not as published, or says what those values have no
place for; `lenient` reads it then.
"""

from typing import Any, Final, cast

import msgspec
from msgspec import ValidationError, field

from zaffre.core.chat import AnswerMessage, Choice, Chunk, ChunkChoice, Completion, Delta, TextCompletion

# The values of `core`, and what servers write beside the published fields: `reasoning` for reasoning_content, a
# `function_call` from the time before tools, an `error`.


class _Message(AnswerMessage):
    reasoning: str | None = None
    function_call: Any = None


class _Choice(Choice, kw_only=True):
    message: _Message


class _Completion(Completion, kw_only=True):
    choices: list[_Choice]  # type: ignore[assignment]
    error: Any = None


class _Delta(Delta):
    reasoning: str | None = None
    function_call: Any = None


class _ChunkChoice(ChunkChoice, kw_only=True):
    delta: _Delta


class _Chunk(Chunk, kw_only=True):
    choices: list[_ChunkChoice] = field(default_factory=list)  # type: ignore[assignment]
    error: Any = None


class _TextCompletion(TextCompletion):
    error: Any = None


_completion: Final = msgspec.json.Decoder(_Completion)
_chunks: Final = msgspec.json.Decoder(list[_Chunk])
_text: Final = msgspec.json.Decoder(_TextCompletion)
_texts: Final = msgspec.json.Decoder(list[_TextCompletion])


def completion(body: bytes) -> Completion:
    """A whole chat answer."""
    answer = _completion.decode(body)
    if answer.error is not None or not answer.choices:
        raise ValidationError
    for choice in answer.choices:
        message = choice.message
        if message.function_call is not None:
            raise ValidationError
        calls = message.tool_calls
        if calls and not all(call.id and call.function.name and call.function.arguments for call in calls):
            raise ValidationError
        if message.reasoning is not None:
            message.reasoning_content, message.reasoning = message.reasoning_content or message.reasoning, None
    return answer


def chunks(events: bytes) -> list[Chunk]:
    """A JSON array of events of a streamed chat."""
    decoded = _chunks.decode(events)
    for chunk in decoded:
        if chunk.error is not None or not (chunk.choices or chunk.usage):
            raise ValidationError
        for choice in chunk.choices:
            delta = choice.delta
            if delta.reasoning is not None:
                delta.reasoning_content, delta.reasoning = delta.reasoning_content or delta.reasoning, None
            if delta.function_call is not None:
                raise ValidationError
    return cast(list[Chunk], decoded)


def is_text(event: bytes, text: str) -> bool:
    """Whether an event of a streamed chat says this text of the first choice, and nothing else."""
    try:
        return _chunks.decode(b"[%b]" % event) == [_Chunk(choices=[_ChunkChoice(delta=_Delta(text))])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def text_completion(body: bytes) -> TextCompletion:
    """A whole text completion."""
    answer = _text.decode(body)
    if answer.error is not None or not answer.choices:
        raise ValidationError
    return answer


def texts(events: bytes) -> list[TextCompletion]:
    """A JSON array of events of a streamed text completion."""
    decoded = _texts.decode(events)
    if any(event.error is not None or not (event.choices or event.usage) for event in decoded):
        raise ValidationError
    return cast(list[TextCompletion], decoded)
