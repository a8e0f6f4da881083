"""llama.cpp in this process, through xllamacpp. Everything here blocks: call it from a thread of the engine's."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import xllamacpp
from msgspec import Struct

from zaffre.engine.local.listener import sealed_listener
from zaffre.engine.weights.errors import WeightsError

_PROMPT_BATCH: Final = 256
"""Tokens of a prompt that are read at a time: other calls get their next token, and a cancelled one ends, in
between."""
_SILENT: Final = 0
"""llama.cpp's verbosity at which it writes nothing: its other levels print at every call."""
_ANY_ADDRESS: Final = 0
_NO_PING: Final = -1

Operation = Literal["chat", "complete"]
OnEvent = Callable[[bytes], bool | None]
"""Is given each event as JSON; True ends the call."""


class Shape(Struct, frozen=True):
    """How a model is run."""

    threads: int
    parallel: int
    """Calls that are worked on at once."""
    context: int
    """Tokens for each of them. A multiple of 256, since llama.cpp rounds up to one."""
    embeds: bool = False
    chat_template: str = ""
    """Jinja, in place of the file's own."""


class Refused(Exception):
    """llama.cpp will not do what the request asks; the message is its own."""


class Llama:
    """One loaded model."""

    def __init__(self, path: Path, shape: Shape) -> None:
        """Load a GGUF file. Python stands still meanwhile, since xllamacpp keeps the interpreter's lock: a quarter
        of a second for the default models.

        Raises:
            WeightsError: llama.cpp cannot load the file.
        """
        parameters = _parameters(path, shape)
        try:
            with sealed_listener(parameters):
                self._server = xllamacpp.Server(parameters)
        except RuntimeError as problem:
            raise WeightsError(
                f"llama.cpp cannot load {path.name}: the file is damaged, of a kind that this version of xllamacpp "
                f"({xllamacpp.__version__}) does not know, or larger than the memory"
            ) from problem

    def run(self, operation: Operation, body: bytes, on_event: OnEvent) -> None:
        """Answer one request, event by event.

        Args:
            operation: which of llama.cpp's two.
            body: the request as its HTTP server takes it.
            on_event: called in this thread with every event; an error comes as an event too.

        Raises:
            Refused: the request could not even be begun.
        """
        handle = self._server.handle_chat_completions if operation == "chat" else self._server.handle_completions
        try:
            handle(body, on_event)
        except (ValueError, RuntimeError) as problem:
            raise Refused(str(problem)) from problem

    def embed(self, body: bytes) -> bytes:
        """The embeddings of one request, as JSON; an error comes as JSON too. Raises Refused."""
        try:
            answer = self._server.handle_embeddings(body)
        except (ValueError, RuntimeError) as problem:
            raise Refused(str(problem)) from problem
        return bytes(answer)

    def close(self) -> None:
        """Free the model. No call may be running."""
        del self._server


def _parameters(path: Path, shape: Shape) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_parallel = shape.parallel
    parameters.n_ctx = shape.context * shape.parallel
    # A text is embedded in one piece, so it must fit into one batch.
    parameters.n_batch = parameters.n_ubatch = shape.context if shape.embeds else _PROMPT_BATCH
    parameters.embedding = shape.embeds
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = shape.threads
    parameters.chat_template = shape.chat_template
    # A conversation that ends with the assistant is history, not the beginning of the answer.
    parameters.prefill_assistant = False
    # Its default keeps up to 8 GB of past prompts.
    parameters.cache_ram_mib = 0
    # Both would load or run the model once more while Python stands still.
    parameters.fit_params = parameters.warmup = False
    parameters.offline = True
    parameters.verbosity = _SILENT
    parameters.port = _ANY_ADDRESS
    parameters.sse_ping_interval = _NO_PING
    return parameters
