"""What is handed on, on its way back: watched to its end, and looked through for the usage that it may tell."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from zaffre.core.chat import Usage
from zaffre.core.errors import GatewayError
from zaffre.core.relay import Relayed
from zaffre.core.usage import LEFT
from zaffre.gateway.meter import Meter

_LONGEST: Final = 64 * 1024
"""Bytes of an answer in JSON that are kept to be looked through. Pictures in one are larger, and tell their usage in
an answer that we let pass."""


class _Answer(msgspec.Struct):
    usage: dict[str, Any] | None = None


_answer: Final = msgspec.json.Decoder(_Answer)


async def watched(answer: Relayed, meter: Meter) -> AsyncGenerator[bytes, None]:
    """The answer's pieces, whose end the meter is told."""
    pieces = _watched(answer, meter)
    await anext(pieces)
    return pieces


async def _watched(answer: Relayed, meter: Meter) -> AsyncGenerator[bytes, None]:
    """One empty piece, and then the answer's."""
    kept = bytearray()
    keeps = answer.content_type.startswith(b"application/json")
    status = LEFT
    try:
        async with aclosing(answer.pieces) as pieces:
            yield b""
            async for piece in pieces:
                keeps = keeps and len(kept) + len(piece) <= _LONGEST
                if keeps:
                    kept += piece
                yield piece
        status = 200
    except GatewayError as error:
        status = error.status
        raise
    finally:
        meter.end(status, _usage(bytes(kept)) if keeps else None)


def _usage(body: bytes) -> Usage | None:
    """The usage that an answer tells: of images and audio, tokens in and out."""
    try:
        said = _answer.decode(body).usage or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    prompt, completion = (_count(said, f"{name}_tokens") for name in ("input", "output"))
    return Usage(prompt, completion, prompt + completion) if prompt or completion else None


def _count(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) and value > 0 else 0
