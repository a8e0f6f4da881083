"""A classifier behind HTTP that takes texts at their word: `hate 0.9` is hate with that score."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

SOUGHT = ("hate", "sexual", "violence", "self_harm", "jailbreak", "indirect_attack")
CLASSIFIERS = """\
classifiers:
  words:
    type: http
    base_url: URL
    timeout: 30
    scores: {hate: hate, sexual: sexual, violence: violence, self_harm: self_harm, jailbreak: jailbreak,
             indirect_attack: indirect_attack}
combination: {order: [words]}
"""
"""What a configuration says of it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
        scores = dict.fromkeys(SOUGHT, 0.0) | {
            name: float(score) for name, score in re.findall(r"(\w+) ([01]\.\d+)", text)
        }
        answer = json.dumps(scores).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def word_server() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        # Its handlers wait on kept connections; they end with their thread.
        server.daemon_threads = True
        server.block_on_close = False
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
