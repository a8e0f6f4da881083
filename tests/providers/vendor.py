"""An upstream that answers every dialect we speak, in good order: always the same three words, or small vectors."""

from base64 import b64encode
from struct import pack
from typing import Any

from tests.providers.upstream import DONE, Answer, Asked, stream, whole

WORDS = ["one ", "two ", "three"]
USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}


def answer(asked: Asked) -> Answer:
    """What a good vendor says to this request."""
    path, body = asked.target.partition("?")[0], asked.json
    if path == "/v2/embed":
        return whole(_cohere(body))
    if "embeddings" in path:
        return whole(_vectors(body))
    streamed = body.get("stream", False)
    if path.endswith("/chat/completions"):
        return _chat_stream() if streamed else whole(_chat())
    return _text_stream() if streamed else whole(_text())


def _chat() -> Any:
    message = {"role": "assistant", "content": "".join(WORDS)}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}


def _chat_stream() -> Answer:
    parts = [{"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]} for word in WORDS]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE}
    return stream(*parts, end, DONE)


def _text() -> Any:
    return {"choices": [{"index": 0, "text": "".join(WORDS), "finish_reason": "stop"}], "usage": USAGE}


def _text_stream() -> Answer:
    parts = [{"choices": [{"index": 0, "text": word, "finish_reason": None}]} for word in WORDS]
    return stream(*parts, {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}], "usage": USAGE}, DONE)


def _vector(place: int) -> list[float]:
    return [0.5, -0.25, place + 1.0]


def _vectors(body: Any) -> Any:
    given = body.get("inputs") or body["input"]
    as_text = "base64" in (body.get("encoding_format"), body.get("embedding_type"))
    vectors = [_vector(place) for place in range(1 if isinstance(given, str) else len(given))]
    data = [
        {"object": "embedding", "index": place, "embedding": _packed(vector) if as_text else vector}
        for place, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}}


def _cohere(body: Any) -> Any:
    given = body.get("texts") or body.get("images") or body["inputs"]
    vectors = [_vector(place) for place in range(len(given))]
    (kind,) = body["embedding_types"]
    written = [_packed(vector) for vector in vectors] if kind == "base64" else vectors
    return {"id": "1", "embeddings": {kind: written}, "meta": {"billed_units": {"input_tokens": 4}}}


def _packed(vector: list[float]) -> str:
    return b64encode(pack(f"<{len(vector)}f", *vector)).decode()
