"""Long texts in parts that a classifier takes, and work on all of them at once."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final, TypeVar

T = TypeVar("T")

OVERLAP: Final = 200
"""Characters that a part has in common with the one before, so that nothing is cut in two unseen."""


def in_parts(text: str, longest: int, overlap: int = OVERLAP) -> list[str]:
    """The text in parts of at most `longest` characters. Each but the first begins with the end of the one before."""
    step = max(longest - overlap, 1)
    ends = range(longest, len(text) + step, step) if len(text) > longest else (len(text),)
    return [text[max(end - longest, 0) : end] for end in ends]


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, in order. Where one fails, the others are given up and its exception is raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
