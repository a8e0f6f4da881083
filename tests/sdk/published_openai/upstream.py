"""An upstream that draws and listens: what the server hands requests for images and audio on to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

_PICTURE: Final = {"created": 1, "data": [{"b64_json": "AA=="}]}
_DRAWN: Final = {
    "type": "image_generation.completed",
    "b64_json": "AA==",
    "background": "opaque",
    "created_at": 1,
    "output_format": "png",
    "quality": "high",
    "size": "1024x1024",
    "usage": {
        "input_tokens": 1,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 1},
        "output_tokens": 1,
        "total_tokens": 2,
    },
}
_HEARD: Final = {"text": "Hello."}
_WRITTEN: Final = {"type": "transcript.text.done", "text": "Hello."}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        streamed = b'"stream":true' in body or b'name="stream"\r\n\r\ntrue' in body
        whole, event = (_PICTURE, _DRAWN) if "/images/" in self.path else (_HEARD, _WRITTEN)
        if streamed:
            self._send("text/event-stream", b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n")
        else:
            self._send("application/json", json.dumps(whole).encode())

    def _send(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Nothing is said."""


@contextmanager
def serving() -> Iterator[int]:
    """The upstream; its port on 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
