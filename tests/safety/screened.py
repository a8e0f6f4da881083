"""A deployment with a content filter, and who calls it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tests.api.canned import Caller, Canned, deployment
from tests.safety.marking import Counted, Marking
from zaffre.config.filters import FilterConfig
from zaffre.core.modality import Modality
from zaffre.core.usage import CallRecord
from zaffre.net.http import Response
from zaffre.safety.blocklists import Blocklists
from zaffre.safety.policy import policy
from zaffre.safety.profanity import Profanity
from zaffre.safety.screen import PolicyScreen

PATHS = {
    "inference": "/models/chat/completions",
    "azure": "/openai/deployments/demo/chat/completions?api-version=2024-10-21",
    "v1": "/openai/v1/chat/completions",
}


PROFANITY = Profanity()


class Ledger:
    """The port `core.usage.Ledger`."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def record(self, record: CallRecord) -> None:
        self.records.append(record)

    def limited(self, name: str, of: str) -> None:
        pass

    @property
    def last(self) -> tuple[int, int, int]:
        """Status, and tokens in and out."""
        record = self.records[-1]
        return record.status, record.prompt_tokens, record.completion_tokens


class Screened:
    """One deployment `demo` behind a filter."""

    def __init__(
        self,
        backend: Canned | None = None,
        said: FilterConfig | None = None,
        *,
        modality: Modality = Modality.CHAT,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        **more: Any,
    ) -> None:
        self.backend = backend or Canned()
        self.classifier = Marking()
        self.counted = Counted()
        self.lists = Blocklists()
        wanted = policy("mine", said or FilterConfig())
        waiting = {} if sleep is None else {"sleep": sleep}
        self.screen = PolicyScreen("demo", wanted, self.classifier, self.lists, PROFANITY, self.counted, **waiting)
        serves = {modality, Modality.COMPLETIONS, Modality.TEXT_EMBEDDINGS, Modality.IMAGE_EMBEDDINGS}
        served = deployment("demo", self.backend, modality, screen=self.screen)
        self.deployment = msgspec.structs.replace(served, serves=frozenset(serves))
        self.caller = Caller(self.deployment, **more)

    async def post(self, surface_or_path: str, body: Any) -> Response:
        return await self.caller.post(PATHS.get(surface_or_path, surface_or_path), body)
