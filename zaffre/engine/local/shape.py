"""How a model is run and what it can do, from what its file says and what the configuration asks."""

import re
from typing import Final

from msgspec import Struct

from zaffre.engine.local.cores import default_threads
from zaffre.engine.local.llama import Shape
from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.header import Header

PARALLEL: Final = 2
"""Calls at once. On one core more of them finish no sooner, and each takes memory for its context."""
CHAT_CONTEXT: Final = 4096
EMBEDDING_CONTEXT: Final = 2048
_STEP: Final = 256
"""llama.cpp rounds a call's context up to a multiple of this."""

TOOLS: Final = frozenset({"tools", "tool_choice"})
CHAT_NEVER: Final = frozenset({"modalities"})
EMBEDDING_NEVER: Final = frozenset({"dimensions", "input_type"})

_MENTIONS_TOOLS: Final = re.compile(r"\{[{%][^}]*\btools\b")


class Options(Struct, frozen=True):
    """What the configuration asks of a model. None: as zaffre sees fit."""

    embeds: bool = False
    threads: int | None = None
    parallel: int | None = None
    context: int | None = None
    """Tokens for one call; a model is never given more than it was trained on."""
    chat_template: str = ""
    """Jinja, in place of the file's own."""


def parallel(options: Options) -> int:
    """Calls at once."""
    return options.parallel or PARALLEL


def shape(options: Options, header: Header) -> Shape:
    """
    Raises:
        WeightsError: the model is not of the kind that the configuration takes it for.
    """
    if header.embeds and not options.embeds:
        raise WeightsError("this is an embedding model; give the deployment modality: text_embeddings")
    if options.embeds and not header.embeds:
        raise WeightsError("this is not an embedding model")
    return Shape(
        options.threads or default_threads(),
        parallel(options),
        context(options, header),
        options.embeds,
        options.chat_template,
    )


def context(options: Options, header: Header) -> int:
    """Tokens that one call may hold."""
    asked = options.context or (EMBEDDING_CONTEXT if options.embeds else CHAT_CONTEXT)
    most = min(asked, header.context or asked)
    return max(_STEP, most // _STEP * _STEP)


def unable(options: Options, header: Header | None) -> frozenset[str]:
    """API parameters that the model cannot do, as far as is known: the file's header may still be on its way."""
    if options.embeds:
        return EMBEDDING_NEVER
    template = options.chat_template or (header.chat_template if header else "")
    if header is None or _MENTIONS_TOOLS.search(template):
        return CHAT_NEVER
    return CHAT_NEVER | TOOLS
