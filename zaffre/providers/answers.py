"""Mending what every dialect of answers needs mended: finish reasons and usage."""

from typing import Final

from zaffre.core.chat import Choice, ChunkChoice, FinishReason, TextChoice, Usage
from zaffre.providers import lenient
from zaffre.providers.codec import ErrorInBody

_WORDS: Final[dict[FinishReason, tuple[str, ...]]] = {
    "stop": ("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete"),
    "length": ("length", "max_tokens", "model_length", "max_output_tokens"),
    "tool_calls": ("tool_calls", "function_call", "tool_use", "tool_call"),
    "content_filter": ("content_filter", "content_filtered", "safety", "sensitive", "recitation", "refusal"),
}
FINISH_REASONS: Final[dict[str, FinishReason]] = {word: reason for reason, words in _WORDS.items() for word in words}
"""What upstreams say -> what the API says. Anything else is `stop`: clients know these four words only."""

BROKEN_OFF: Final = {"error": 500, "insufficient_system_resource": 503}
"""Not reasons to finish but failures on the way, with the status they amount to (Mistral, OpenRouter, DeepSeek)."""


def finish_reason(said: str) -> FinishReason:
    """The API's word for an upstream's."""
    return FINISH_REASONS.get(said) or FINISH_REASONS.get(said.lower(), "stop")


def settle_finish(choice: Choice | ChunkChoice | TextChoice, body: bytes) -> None:
    """Says the finish reason in the API's words. An empty one is none: some servers put it into every event.

    Args:
        body: what the choice came in.

    Raises:
        ErrorInBody: it did not finish but fail.
    """
    said = choice.finish_reason
    if said in BROKEN_OFF:
        lenient.answer_object(body)  # which may hold the error itself
        raise ErrorInBody(BROKEN_OFF[said], b"{}")
    choice.finish_reason = finish_reason(said) if said else None


def mended_usage(usage: Usage) -> Usage | None:
    """Usage in which prompt + completion = total, as clients check; None where it counts nothing at all.

    Some vendors count reasoning beside the completion, in the total alone: it was generated, so it is completion.
    """
    usage.estimated = False
    if usage.prompt_tokens < 0 or usage.completion_tokens < 0:
        usage.prompt_tokens, usage.completion_tokens = max(0, usage.prompt_tokens), max(0, usage.completion_tokens)
    counted = usage.prompt_tokens + usage.completion_tokens
    if usage.total_tokens > counted and usage.prompt_tokens:
        usage.completion_tokens = usage.total_tokens - usage.prompt_tokens
    elif usage.total_tokens > counted:
        usage.prompt_tokens = usage.total_tokens - usage.completion_tokens
    else:
        usage.total_tokens = counted
    return usage if usage.total_tokens else None


def embedding_usage(usage: Usage) -> Usage | None:
    """Usage of a call that generates nothing; some vendors give the total alone, some zeros, which are none."""
    prompt = usage.prompt_tokens or usage.total_tokens
    return Usage(prompt, 0, prompt) if prompt else None
