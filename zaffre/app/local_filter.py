"""The classifier in this process, loaded when the first text is to be judged: who has no filter never pays for it."""

import asyncio
from typing import Final, cast

from zaffre.app import extras
from zaffre.safety.classifier import ATTACKS, CATEGORIES, Classifier, Findings, Side

NAME: Final = "local"


class LocalFilter:
    """The port `safety.classifier.Classifier`."""

    name = NAME
    categories = frozenset((*CATEGORIES, *ATTACKS))

    def __init__(self) -> None:
        self._loading = asyncio.Lock()
        self._loaded: Classifier | None = None

    async def classify(self, text: str, side: Side) -> Findings:
        loaded = self._loaded or await self._load()
        return await loaded.classify(text, side)

    async def _load(self) -> Classifier:
        async with self._loading:
            loaded = self._loaded
            if loaded is None:
                # A tenth of a second, in which others are answered.
                loaded = self._loaded = cast(Classifier, await asyncio.to_thread(extras.local_filter))
            return loaded
