"""The prompts of a call, checked before its model is asked or, where the filter says so, at the same time."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Final

from zaffre.core.errors import GatewayError, PromptFiltered
from zaffre.core.relay import Passage
from zaffre.core.screening import Annotations, Prompt, Screen
from zaffre.gateway import estimate
from zaffre.gateway.call import Call
from zaffre.gateway.screening.prompts import prompts

_AT_ONCE: Final = 16
"""Prompts that are checked at the same time: an input of embeddings may have thousands."""


async def checked(call: Call[Any], screen: Screen) -> Annotations:
    """Check all that the call asks, and note what was found.

    Raises:
        PromptFiltered: nothing of it may leave.
        NotScreened
    """
    asked = prompts(call.request, documents=screen.reads_documents)
    found: list[Any] = []
    for start in range(0, len(asked), _AT_ONCE):
        verdicts = await _together(screen, asked[start : start + _AT_ONCE])
        for verdict in verdicts:
            if verdict.filtered:
                raise PromptFiltered(verdict.results, verdict.told)
        found += [verdict.results for verdict in verdicts]
    length = sum(len(prompt.text) for prompt in asked)
    call.annotations = Annotations(found, length, screen.annotates)
    return call.annotations


async def passable(screen: Screen, passage: Passage) -> None:
    """Check what a user wrote in a request that is handed on. Raises PromptFiltered, NotScreened."""
    texts = [text for text in passage.texts if text.strip()]
    if texts:
        verdict = await screen.prompt(Prompt("\n".join(texts)))
        if verdict.filtered:
            raise PromptFiltered(verdict.results, verdict.told)


async def _together(screen: Screen, asked: list[Prompt]) -> list[Any]:
    if len(asked) == 1:
        return [await screen.prompt(asked[0])]
    return await asyncio.gather(*map(screen.prompt, asked))


async def checked_beside(call: Call[Any], screen: Screen, work: "asyncio.Future[Any]") -> Annotations:
    """The same, while the model is already at work; it is stopped where the prompt may not be used.

    Raises: as `checked`; the error says what the model has taken.
    """
    try:
        # The model is asked before anything is looked at.
        await asyncio.sleep(0)
        return await checked(call, screen)
    except BaseException as error:
        await stopped(work)
        if isinstance(error, GatewayError):
            error.used = estimate.usage(estimate.prompt_characters(call.request), None)
        raise


async def stopped(work: "asyncio.Future[Any]") -> None:
    """Cancel it, and see that it is over."""
    work.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await work


def begun(work: Awaitable[Any]) -> "asyncio.Future[Any]":
    """Work that goes on by itself from now on."""
    return asyncio.ensure_future(work)
