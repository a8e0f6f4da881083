"""Answers of upstreams as bytes, well-formed: what a test wants broken it breaks itself."""

import json
from collections.abc import Iterator
from typing import Any

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
DONE = b"data: [DONE]\n\n"


def head(status: int = 200, **fields: str) -> bytes:
    """Status line and fields; `_` in a name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(body: Any, status: int = 200, **fields: str) -> bytes:
    """A body with its length: bytes as they are, or anything as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head(status, **{"content_type": "application/json", "content_length": str(len(content)), **fields}) + content


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; of nothing: its end."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def stream_head(**fields: str) -> bytes:
    return head(200, **{"content_type": "text/event-stream", "transfer_encoding": "chunked", **fields})


def begun(*pieces: Any) -> bytes:
    """An event stream that goes on."""
    return stream_head() + b"".join(chunk(_written(piece)) for piece in pieces)


def stream(*pieces: Any) -> bytes:
    """A whole event stream in one piece: bytes as they are, anything else as an event."""
    return begun(*pieces) + chunk(b"")


def byte_by_byte(*pieces: Any) -> Iterator[bytes]:
    """The same stream, every byte a chunk and a packet of its own."""
    yield stream_head()
    for byte in b"".join(map(_written, pieces)):
        yield chunk(bytes([byte]))
    yield chunk(b"")


def _written(piece: Any) -> bytes:
    return piece if isinstance(piece, bytes) else event(piece)


def event(data: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(data, ensure_ascii=False).encode()


def delta(**said: Any) -> dict[str, Any]:
    """An event of a chat in which a delta says something."""
    return {
        "id": "chatcmpl-upstream",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "upstream's own",
        "choices": [{"index": 0, "delta": said, "finish_reason": None, "logprobs": None}],
    }


def words(*texts: str) -> list[dict[str, Any]]:
    return [delta(content=text) for text in texts]


def finish(reason: str | None = "stop", **beside: Any) -> dict[str, Any]:
    """The event that ends a choice."""
    return {"id": "chatcmpl-upstream", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], **beside}


def usage(**beside: Any) -> dict[str, Any]:
    """The event that brings the usage, as OpenAI sends it: without a choice."""
    return {"id": "chatcmpl-upstream", "choices": [], "usage": USAGE, **beside}


def call(index: int | None = 0, **said: Any) -> dict[str, Any]:
    """An event with a fragment of a tool call: `id`, `name`, `arguments`."""
    fragment: dict[str, Any] = {} if index is None else {"index": index}
    if "id" in said:
        fragment |= {"id": said.pop("id"), "type": "function"}
    return delta(tool_calls=[fragment | {"function": said}])


def completion(message: dict[str, Any], finish: str | None = "stop", **beside: Any) -> dict[str, Any]:
    """A whole chat answer."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "chatcmpl-upstream", "object": "chat.completion", "choices": [choice], "usage": USAGE, **beside}
