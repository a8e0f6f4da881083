"""The Response object: what was asked, said back, and how far the answer is.

Its keys and their order are those that Azure sends. Of a parameter that was not said and whose default is the model's
own, it says null.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import Usage
from zaffre.core.errors import BadRequest, GatewayError, InvalidParameters, RateLimited, UpstreamRejected
from zaffre.core.responses import OVER
from zaffre.core.screening import Annotations, Offsets, Results
from zaffre.gateway.fields import Fields
from zaffre.services.responses.parameters import Asked

Status = str
"""queued, in_progress, completed, incomplete, failed or cancelled."""

_FREE_TEXT: Final = {"format": {"type": "text"}, "verbosity": "medium"}
_NO_REASONING: Final = {"effort": None, "summary": None}
_ALWAYS_OF_TOOLS: Final = {"parameters": None, "strict": None}

_NULL: Final = Raw(b"null")
_object: Final = msgspec.json.Decoder(dict[str, Raw])
_objects: Final = msgspec.json.Decoder(list[dict[str, Raw]])


class Standing(Struct):
    """How far an answer is."""

    status: Status
    output: Sequence[Any] = ()
    usage: Usage | None = None
    completed_at: int | None = None
    """Seconds since 1970."""
    incomplete: str | None = None
    """Why it is incomplete."""
    error: GatewayError | None = None
    """Why it failed."""
    found: Annotations | None = None
    """What its deployment's content filter found."""


class Answer:
    """One response, whose object can be written at any time."""

    def __init__(self, asked: Asked, *, response_id: str, created: int, model: str) -> None:
        """
        Args:
            created: seconds since 1970.
            model: the name of the model that answers.
        """
        self.model = model
        self._constant = _constant(asked, response_id, created)

    def now(self, standing: Standing) -> dict[str, Any]:
        """The object as it stands, ready to be encoded."""
        why = standing.incomplete
        return self._constant | {
            "model": self.model,
            "completed_at": standing.completed_at,
            "content_filters": _content_filters(standing.found) if standing.status in OVER else None,
            "status": standing.status,
            "error": None if standing.error is None else failure(standing.error),
            "incomplete_details": None if why is None else {"reason": why},
            "output": list(standing.output),
            "usage": None if standing.usage is None else _usage(standing.usage),
        }


def _constant(asked: Asked, response_id: str, created: int) -> dict[str, Any]:
    """All keys in their order. Those that change hold None."""
    said, known = asked.fields, asked.known
    return {
        "id": response_id,
        "object": "response",
        "created_at": created,
        "completed_at": None,
        "status": None,
        "background": known.background is True,
        "content_filters": None,
        "error": None,
        "incomplete_details": None,
        "instructions": said.get("instructions"),
        "max_output_tokens": said.get("max_output_tokens"),
        "max_tool_calls": said.get("max_tool_calls"),
        "model": None,
        "output": None,
        "parallel_tool_calls": said.get("parallel_tool_calls", True),
        "previous_response_id": said.get("previous_response_id"),
        "prompt_cache_key": said.get("prompt_cache_key"),
        "prompt_cache_retention": said.get("prompt_cache_retention"),
        "reasoning": _with_defaults(_NO_REASONING, said.get("reasoning")),
        "safety_identifier": said.get("safety_identifier"),
        "service_tier": said.get("service_tier", "default"),
        "store": asked.stored,
        "temperature": said.get("temperature"),
        "text": _with_defaults(_FREE_TEXT, said.get("text")),
        "tool_choice": said.get("tool_choice", "auto"),
        "tools": _tools(said),
        "top_logprobs": said.get("top_logprobs", 0),
        "top_p": said.get("top_p"),
        "truncation": said.get("truncation", "disabled"),
        "usage": None,
        "user": said.get("user"),
        "metadata": said.get("metadata", {}),
    }


def _with_defaults(defaults: Mapping[str, Any], raw: Raw | None) -> dict[str, Any]:
    return {**defaults} if raw is None else {**defaults, **_without_nulls(defaults, _object.decode(raw))}


def _without_nulls(defaults: Mapping[str, Any], said: Fields) -> Fields:
    """What was said, without nulls that stand for a default."""
    return {name: value for name, value in said.items() if value != _NULL or defaults.get(name) is None}


def _tools(said: Fields) -> list[dict[str, Any]]:
    raw = said.get("tools")
    return [] if raw is None else [{**_ALWAYS_OF_TOOLS, **tool} for tool in _objects.decode(raw)]


def _content_filters(found: Annotations | None) -> list[dict[str, Any]] | None:
    """What was found, one for each side. Of several choices, the first is the answer."""
    if found is None or not found.shown:
        return None
    end = found.prompt_characters
    filters = [_content_filter("prompt", results, 0, end) for results in found.prompts]
    if 0 in found.choices:
        filters.append(_content_filter("completion", found.choices[0], end, end + found.lengths.get(0, 0)))
    return filters


def _content_filter(source: str, results: Results, start: int, end: int) -> dict[str, Any]:
    return {
        "blocked": any(result.get("filtered") is True for result in results.values()),
        "source_type": source,
        "content_filter_raw": None,
        "content_filter_results": results,
        "content_filter_offsets": Offsets(end, start, end),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    """Tokens as this API counts them, 0 where nothing is known."""
    asked, answered = usage.prompt_tokens_details or {}, usage.completion_tokens_details or {}
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": _count(asked, "cached_tokens"),
            "cache_write_tokens": _count(asked, "cache_write_tokens"),
        },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": _count(answered, "reasoning_tokens")},
        "total_tokens": usage.total_tokens,
    }


def _count(details: Mapping[str, Any], name: str) -> int:
    value = details.get(name)
    return int(value) if isinstance(value, int | float) else 0


def failure(error: GatewayError) -> dict[str, str]:
    """Why a response failed, in one of the codes that the API has."""
    match error:
        case RateLimited():
            code = "rate_limit_exceeded"
        case BadRequest() | InvalidParameters() | UpstreamRejected():
            code = "invalid_prompt"
        case _:
            code = "server_error"
    return {"code": code, "message": _why(error)}


def _why(error: GatewayError) -> str:
    """What the caller can read: of a wrong field, what is wrong with it."""
    return error.complaints[0].msg if isinstance(error, InvalidParameters) else error.message
