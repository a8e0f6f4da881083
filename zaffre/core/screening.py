"""Ports of content safety: what a call asks of its deployment's content filter, and what it is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from zaffre.core.chat import ChunkChoice, TextChoice

Results = Mapping[str, Any]
"""Category -> {filtered, severity | detected | details …}, as annotations and refusals write it. A category that nobody
looked for is absent."""


class Prompt(Struct, frozen=True):
    """One prompt of a request."""

    text: str
    """What the user says: of a chat, the latest message of theirs."""
    documents: Sequence[str] = ()
    """What was read on the way: tagged documents, and what tools answered."""


class Verdict(Struct, frozen=True):
    """What a content filter says of one text."""

    results: Results
    filtered: bool = False
    """The text may not be used."""
    text: str | None = None
    """The text as it may be shown, of the same length, where something in it is masked."""
    told: str | None = None
    """What its author is told, where the filter has words of its own for that."""


class Screen(Protocol):
    """One deployment's content filter."""

    @property
    def asynchronous(self) -> bool:
        """Whether streams are shown before they are checked."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether the model is asked while the prompt is being checked."""
        ...

    @property
    def annotates(self) -> bool:
        """Whether answers tell what was found."""
        ...

    @property
    def reads_documents(self) -> bool:
        """Whether documents are looked at apart from the text that they stand in."""
        ...

    @property
    def masks(self) -> bool:
        """Whether it looks for parts of answers that it must see whole, to mask them or to stop before them."""
        ...

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Waits for so many seconds."""
        ...

    async def prompt(self, prompt: Prompt) -> Verdict:
        """Raises NotScreened: it cannot say, and nothing is answered without."""
        ...

    async def completion(self, text: str) -> Verdict:
        """Raises as `prompt`."""
        ...


class Annotations(Struct):
    """What was found in one call, so far."""

    prompts: Sequence[Results]
    prompt_characters: int
    shown: bool
    """Whether answers tell it."""
    choices: dict[int, Results] = {}
    """By the choice's index."""
    lengths: dict[int, int] = {}
    """Characters of each choice that were looked at."""


class Offsets(Struct, frozen=True):
    """Where in a call's text a result was found: characters from the start of its prompt."""

    check_offset: int
    """All before it has been checked."""
    start_offset: int
    end_offset: int


class ScreenedChunkChoice(ChunkChoice):
    """Part of a streamed chat, and what was found in it."""

    results: Results = field(default_factory=dict)
    offsets: Offsets | None = None


class ScreenedTextChoice(TextChoice):
    """Part of a streamed text completion, and what was found in it."""

    results: Results = field(default_factory=dict)
    offsets: Offsets | None = None


class Filtered(Protocol):
    """Counts what content filters stopped."""

    def filtered(self, deployment: str, category: str, side: str) -> None: ...
