"""One answer of each kind, read and checked closely before anything is measured."""

import http.client
import json
from typing import Any

from bench.targets import Target
from bench.workloads import EVENTS, Workload


class WrongAnswer(Exception):
    """A target answers, but not what the mock said; the message shows what came."""


def checked_size(workload: Workload, target: Target) -> int:
    """Ask once, check the answer, and return its body's size in bytes.

    Raises:
        WrongAnswer: it is not a whole answer with the mock's content.
    """
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    try:
        headers = {"content-type": "application/json", **target.api.headers}
        connection.request("POST", workload.path(target), workload.body(target), headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200 or not _fits(workload, target, body):
        raise WrongAnswer(f"{target.name}, {workload.name}: {answer.status} {body[:400]!r}")
    return len(body)


def _fits(workload: Workload, target: Target, body: bytes) -> bool:
    try:
        if workload.stream:
            return _is_whole_stream(body, target.api.merges_events)
        answer = json.loads(body)
        return _is_embeddings(answer) if workload.embeddings else _is_completion(answer)
    except (ValueError, KeyError, IndexError, TypeError):
        return False


def _is_completion(answer: dict[str, Any]) -> bool:
    content: str = answer["choices"][0]["message"]["content"]
    return content.startswith("The gateway sends") and bool(answer["usage"]["total_tokens"] == 400)


def _is_embeddings(answer: dict[str, Any]) -> bool:
    vectors = [len(item["embedding"]) for item in answer["data"]]
    return vectors == [1536] * 64 and answer["usage"]["total_tokens"] == 640


def _is_whole_stream(body: bytes, merged: bool) -> bool:
    *events, done, end = body.split(b"\n\n")
    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events]
    contents = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    deltas = [text for text in contents if text]
    usages = [chunk["usage"]["total_tokens"] for chunk in chunks if chunk.get("usage")]
    whole = "".join(deltas).count("t=") == EVENTS and (merged or len(deltas) == EVENTS)
    return whole and usages == [280] and done == b"data: [DONE]" and not end
