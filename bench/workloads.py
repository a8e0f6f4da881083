"""The loads that are measured in rounds: what is asked, on how many connections, what a good answer is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.targets import Target

SENTENCE = "Explain how a reverse proxy keeps connections to its upstream servers open and why that matters. "
EVENTS = 100
OPENAI_CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Workload:
    """One kind of load."""

    name: str
    title: str
    connections: int
    model: str = "mock"
    prompt: int = 820
    """Characters."""
    openai: bool = False
    """Whether OpenAI's API is spoken, also to a gateway that has another of its own."""
    seconds: float = 0.0
    """How long it is measured at least."""
    rate: float | None = None
    """Requests a second, due at fixed times; None: the next when the last is answered."""
    stream: bool = False
    ramp_ms: int = 0
    """Over which time the connections begin, so that paced streams are not all due at once."""
    saturates: bool = True
    """Whether a gateway has always something to do, and so uses all of its core where nobody else does."""
    for_latency: bool = False
    """Whether it is there to see what a gateway adds to the latency."""
    priced_by: str = "answer"
    """What CPU time is divided by: answer or event."""

    @property
    def embeddings(self) -> bool:
        return self.model == "mock-embed"

    def path(self, target: Target) -> str:
        if self.openai:
            return OPENAI_CHAT
        return target.api.embeddings if self.embeddings else target.api.chat

    def body(self, target: Target) -> bytes:
        """The request body for a target, written without spaces as the mock wants it."""
        fields = _embeddings() if self.embeddings else self._chat(target)
        return json.dumps({"model": self.model, **fields}, separators=(",", ":")).encode()

    def _chat(self, target: Target) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "messages": [
                {"role": "system", "content": "You are a helpful assistant that answers in short sentences."},
                {"role": "user", "content": _text(self.prompt)},
            ],
            "temperature": 0.7,
            "top_p": 0.95,
            "max_tokens": EVENTS,
        }
        if self.stream:
            fields["stream"] = True
            if self.openai or target.api.asks_for_usage:
                fields["stream_options"] = {"include_usage": True}
        return fields


WORKLOADS: Sequence[Workload] = (
    Workload("chat", "chat: 1 KB request, 1.5 KB answer, 32 connections", 32),
    Workload("prompt", "prompt: 32 KB request, 1.5 KB answer, 32 connections", 32, prompt=32_000),
    Workload("single", "single: the same on one connection, for the latency", 1, saturates=False, for_latency=True),
    Workload(
        "steady",
        "steady: the same at 100 requests a second, for the latency",
        64,
        rate=100.0,
        saturates=False,
        for_latency=True,
        seconds=2.0,
    ),
    Workload("stream", f"stream: {EVENTS} events of 200 bytes sent at once, 16 connections", 16, stream=True),
    Workload(
        "openai-stream",
        f"openai-stream: the same {EVENTS} events by OpenAI's API, 16 connections",
        16,
        stream=True,
        openai=True,
    ),
    Workload(
        "paced",
        "paced: one event per 10 ms, 50 connections",
        50,
        model="mock-paced",
        stream=True,
        ramp_ms=10,
        saturates=False,
        priced_by="event",
    ),
    Workload("embeddings", "embeddings: 64 inputs, 1.9 MB answer, 4 connections", 4, model="mock-embed"),
    Workload(
        "slow",
        "slow: a model that takes 500 ms, 1,000 connections",
        1000,
        model="mock-slow",
        stream=True,
        ramp_ms=500,
        saturates=False,
        seconds=4.0,
    ),
    Workload("flat", "flat: the chat load, with ever more deployments and keys in the configuration", 32),
)


def _embeddings() -> dict[str, Any]:
    return {"input": [f"{_text(200)}{number}" for number in range(64)]}


def _text(length: int) -> str:
    return (SENTENCE * (length // len(SENTENCE) + 1))[:length]
