"""What a request asks, as llama.cpp's HTTP server would be asked."""

from collections.abc import Collection
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, structs

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.errors import Complaint, InvalidParameters, UnsupportedParameters, unsupported
from zaffre.engine.local.messages import (
    forced_call,
    must_call,
    named,
    offered,
    response_form,
    unreadable,
    written,
)

DEFAULT_COMPLETION_TOKENS: Final = 256
"""https://learn.microsoft.com/azure/machine-learning/reference-model-inference-completions"""

_RANDOM_SEED: Final = 2**32 - 1
"""llama.cpp's own word for "any seed"; seeds are below it."""

_SAMPLING: Final = frozenset(
    {
        "dry_allowed_length",
        "dry_base",
        "dry_multiplier",
        "dry_penalty_last_n",
        "dry_sequence_breakers",
        "dynatemp_exponent",
        "dynatemp_range",
        "ignore_eos",
        "logit_bias",
        "min_p",
        "mirostat",
        "mirostat_eta",
        "mirostat_tau",
        "repeat_last_n",
        "repeat_penalty",
        "top_k",
        "top_n_sigma",
        "typical_p",
        "xtc_probability",
        "xtc_threshold",
    }
)
"""Extra parameters that are passed on: those of llama.cpp's that only touch how the next token is chosen. Not its
`grammar`: one that it cannot read it prints, which would let callers write into the server's log."""
_OF_CHATS: Final = frozenset({"chat_template_kwargs", "logprobs", "parallel_tool_calls", "top_logprobs"})
_UNREAD: Final = frozenset({"user"})
_RENAMED: Final = {"max_completion_tokens": "max_tokens"}
_COUNTED: Final = "n"
_MOST_CHOICES: Final = 16

_STREAM: Final[dict[str, Any]] = {
    "stream": True,
    "stream_options": {"include_usage": True},
    # While it reads the prompt it says how far it is, and looks whether the caller is still there.
    "return_progress": True,
}
_ASKS_NOTHING: Final[dict[str, Any]] = {"modalities": ["text"], "tool_choice": "auto"}

CHAT_EXTRAS: Final = _SAMPLING | _OF_CHATS | _UNREAD | _RENAMED.keys() | {_COUNTED}
COMPLETION_EXTRAS: Final = CHAT_EXTRAS - _OF_CHATS
"""What `chat_ask` and `completion_asks` take beyond the Inference API's own fields."""

_choices: Final = msgspec.json.Decoder(int)


class Ask(Struct):
    """One run of the model."""

    body: dict[str, Any]
    silent: bool = False
    """Zero tokens were asked for: llama.cpp writes one nevertheless, which is not shown."""
    again: bool = False
    """The prompt is one that an earlier run has read."""
    calls: bool = False
    """The text of the answer is a tool call in JSON."""

    def encoded(self) -> bytes:
        """The body of the request to llama.cpp."""
        return msgspec.json.encode(self.body)


def chat_ask(request: ChatRequest, unable: Collection[str]) -> Ask:
    """The run that answers a chat.

    Args:
        unable: names of the parameters that the model cannot do.

    Raises:
        UnsupportedParameters, InvalidParameters: the request asks for what the model cannot do.
    """
    known = request.known
    _refuse(request, unable)
    body = _STREAM | _sampling(known) | _extras(request.extras, _SAMPLING | _OF_CHATS)
    body["messages"] = [written(message) for message in known.messages]
    if known.tools and known.tool_choice != "none":
        body["tools"] = offered(known.tools)
    calls = bool(known.tools) and must_call(known.tool_choice)
    form = forced_call(known.tools or [], named(known.tool_choice)) if calls else response_form(known.response_format)
    if form:
        body["response_format"] = form
    return Ask(body, body.get("max_tokens") == 0, calls=calls)


def completion_asks(request: CompletionRequest) -> list[Ask]:
    """The runs that complete each of the request's prompts. Raises as `chat_ask` does."""
    known = request.known
    prompts = [known.prompt] if isinstance(known.prompt, str) else known.prompt
    if not all(isinstance(prompt, str) for prompt in prompts):
        why = "The model takes text: token ids mean something else to every model."
        raise UnsupportedParameters([unsupported("prompt", known.prompt, why)])
    body = _STREAM | {"max_tokens": DEFAULT_COMPLETION_TOKENS} | _sampling(known) | _extras(request.extras, _SAMPLING)
    return [Ask(body | {"prompt": prompt}, body["max_tokens"] == 0) for prompt in prompts]


def _refuse(request: ChatRequest, unable: Collection[str]) -> None:
    """What the gateway could not know before the model's file was read, and what only the messages show."""
    known = request.known
    complaints = unreadable(known.messages)
    complaints += [
        unsupported(name, request.fields[name])
        for name in ("modalities", "tools", "tool_choice")
        if name in unable and name in request.fields and not _harmless(name, getattr(known, name))
    ]
    if complaints:
        raise UnsupportedParameters(complaints)
    if (name := named(known.tool_choice)) and name not in {tool.function.name for tool in known.tools or ()}:
        raise InvalidParameters(
            [Complaint("value_error", ["body", "tool_choice"], f"There is no tool {name!r}.", name)]
        )


def _harmless(name: str, value: Any) -> bool:
    return value is None or value == _ASKS_NOTHING.get(name) or (name, value) == ("tool_choice", "none")


def choices_of(extras: dict[str, Raw]) -> int:
    """How many answers are asked for. Raises InvalidParameters."""
    if _COUNTED not in extras:
        return 1
    try:
        count = _choices.decode(extras[_COUNTED])
    except msgspec.MsgspecError:
        count = 0
    if not 1 <= count <= _MOST_CHOICES:
        wrong = f"n must be an integer between 1 and {_MOST_CHOICES}."
        raise InvalidParameters([Complaint("value_error", ["body", _COUNTED], wrong, extras[_COUNTED])])
    return count


def another(ask: Ask, place: int) -> Ask:
    """The run for the choice in that place: after the first, with a seed of its own where one was given, so that
    the choices differ."""
    if not place:
        return ask
    body = ask.body | {"seed": (ask.body["seed"] + place) % _RANDOM_SEED} if "seed" in ask.body else ask.body
    return structs.replace(ask, body=body, again=True)


def _sampling(known: ChatParameters | CompletionParameters) -> dict[str, Any]:
    names = ("max_tokens", "temperature", "top_p", "frequency_penalty", "presence_penalty")
    said: dict[str, Any] = {name: value for name in names if (value := getattr(known, name)) is not None}
    if known.stop is not None:
        words = [known.stop] if isinstance(known.stop, str) else known.stop
        # An empty word is found everywhere.
        said["stop"] = [word for word in words if word]
    if known.seed is not None:
        # What is left of earlier prompts changes the arithmetic, so a seeded call starts afresh.
        said |= {"seed": known.seed % _RANDOM_SEED, "cache_prompt": False}
    return said


def _extras(extras: dict[str, Raw], names: frozenset[str]) -> dict[str, Any]:
    passed = {
        _RENAMED.get(name, name): _value(name, raw) for name, raw in extras.items() if name in names | _RENAMED.keys()
    }
    strangers = extras.keys() - names - _RENAMED.keys() - _UNREAD - {_COUNTED}
    if strangers:
        message = "Extra inputs are not permitted."
        raise InvalidParameters(
            [Complaint("extra_forbidden", ["body", name], message, extras[name]) for name in sorted(strangers)]
        )
    return passed


def _value(name: str, raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.ValidationError, RecursionError):
        wrong = f"{name} is beyond what can be read: a number too large, or lists too deep."
        raise InvalidParameters([Complaint("invalid_value", ["body", name], wrong, raw)]) from None
