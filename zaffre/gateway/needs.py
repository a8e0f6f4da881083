"""What a call may come to, in tokens, before anybody knows: its prompt, and the most that it may be answered with."""

from typing import Final

from zaffre.core.chat import ChatRequest, CompletionRequest, TextInput
from zaffre.gateway.estimate import prompt_characters, tokens
from zaffre.gateway.fields import Fields
from zaffre.gateway.parameters import ModelRequest

_MOST: Final = 2.0**31
"""Tokens: more than any call can ask for."""


def needed(request: ModelRequest, assumed: int) -> int:
    """Tokens that a call may come to.

    Args:
        assumed: tokens of an answer where the call names no maximum.
    """
    prompt = tokens(prompt_characters(request))
    if isinstance(request, ChatRequest):
        return prompt + _most(request.fields, request.known.max_tokens, assumed)
    if isinstance(request, CompletionRequest):
        known = request.known
        return prompt + _most(request.fields, known.max_tokens, assumed) * _prompts(known.prompt)
    return prompt


def _most(fields: Fields, most: int | None, assumed: int) -> int:
    """Tokens that may be answered, over all tries."""
    if "max_completion_tokens" in fields or "n" in fields or "best_of" in fields:
        said = _said(fields, "max_completion_tokens")
        most = most if said is None else said
        tries = max(_said(fields, "n") or 1, _said(fields, "best_of") or 1)
        return (assumed if most is None else most) * tries
    return assumed if most is None else most


def _said(fields: Fields, name: str) -> int | None:
    """A number that a field of the body says, even one that the surface does not know and passes through."""
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return int(min(max(float(bytes(raw)), 0.0), _MOST))
    except ValueError:
        return None


def _prompts(prompt: TextInput) -> int:
    """How many texts are to be completed; token ids by themselves are one."""
    return 1 if isinstance(prompt, str) or isinstance(prompt[0], int) else len(prompt)
