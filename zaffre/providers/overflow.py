"""How servers say that a request is longer than the model's context.

A code decides where there is one. Many servers have none; of those their words do, as their sources and users quote
them.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class OverflowSigns(Struct, frozen=True):
    """What gives it away."""

    codes: frozenset[str] = frozenset({"context_length_exceeded", "exceed_context_size_error", "tokens_limit_reached"})
    """Values of the error's `code` or `type`: OpenAI's; llama.cpp's, which is inside many servers; Azure AI's."""
    phrases: tuple[str, ...] = ("maximum context length",)
    """What the message contains where no code says it: OpenAI's wording, which its imitators repeat."""

    def found(self, words: set[str], message: str) -> bool:
        """Whether an error with these codes and this message is an overflow."""
        return not self.codes.isdisjoint(words) or any(phrase in message for phrase in self.phrases)


WORDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "vllm": ("model's context length is only", "longer than the maximum model length"),
    "sglang": ("longer than the model's context length",),
    "llama.cpp": ("exceeds the available context size",),
    "ollama": ("exceeds the context length", "exceeded max context length"),
    "lmstudio": ("greater than the context length", "loaded with context length of only"),
    "tgi": ("`inputs` tokens + `max_new_tokens` must be <=", "`inputs` must have less than"),
    "xai": ("maximum prompt length",),
    "groq": ("reduce the length of the messages",),
    "gemini": ("exceeds the maximum number of tokens allowed",),
}
"""Wordings of servers, beside OpenAI's."""


def worded(*servers: str) -> OverflowSigns:
    """The usual signs and the wordings of these servers."""
    usual = OverflowSigns()
    return OverflowSigns(usual.codes, usual.phrases + tuple(words for server in servers for words in WORDINGS[server]))


ANYBODY: Final = worded(*WORDINGS)
"""For a server that may be any of them."""
