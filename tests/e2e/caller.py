"""A client that sends any bytes, and what every answer has to look like, whatever was asked."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tests.e2e.servers import KEY, PATIENCE, Server

FIELDS = {"api-key": KEY, "content-type": "application/json"}


class Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Caller:
    """A kept connection to a server."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = FIELDS) -> Answer:
        """The answer to a request that is well-formed HTTP."""
        try:
            self._connection.request("POST", path, body, dict(headers))
            response = self._connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()


def exchange(server: Server, data: bytes) -> Answer:
    """The answer to these bytes, on a connection of their own which the server has to close."""
    with socket.create_connection((server.host, server.port), timeout=PATIENCE) as plug:
        plug.sendall(data)
        response = http.client.HTTPResponse(plug)
        response.begin()
        fields = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, fields, response.read())
        response.close()
        return answer


def check(answer: Answer) -> None:
    """Whatever was asked: an answer, or a refusal in JSON that says why; never a 5xx, never a secret."""
    assert answer.status < 500 or answer.status in (501, 505), answer
    assert KEY.encode() not in answer.body
    assert KEY not in str(answer.headers)
    assert ("retry-after" in answer.headers) == (answer.status == 429)
    openai = "x-request-id" in answer.headers
    assert answer.headers["x-request-id" if openai else "x-ms-request-id"] == answer.headers["apim-request-id"]
    if answer.headers["content-type"].startswith("text/event-stream"):
        assert answer.body.startswith(b"data: {")
        assert answer.body.endswith(b"\n\ndata: [DONE]\n\n")
        return
    body = json.loads(answer.body)
    if answer.status != 200 and openai:
        _check_openai_refusal(answer, body)
    elif answer.status != 200:
        _check_refusal(answer, body)


def _check_openai_refusal(answer: Answer, body: dict[str, Any]) -> None:
    error = body["error"]
    assert answer.status != 422
    assert isinstance(error["code"], str | None)
    assert error["message"]
    assert isinstance(error["message"], str)
    assert isinstance(error.get("param"), str | None)


def _check_refusal(answer: Answer, body: dict[str, Any]) -> None:
    error = body["error"]
    assert isinstance(error["code"], str)
    assert error["code"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert error["status"] == answer.status
    assert answer.headers["x-ms-error-code"] == error["code"]
    if answer.status == 422:
        assert all({"loc", "input", "msg", "type"} <= item.keys() for item in body["detail"])
        assert all(isinstance(step, str) for item in body["detail"] for step in item["loc"])
