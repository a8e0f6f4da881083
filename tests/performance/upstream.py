"""A model server that answers every request with the same bytes, and a caller; both in threads of their own, so that
what they do counts for nobody else.

An answer in several pieces is sent turn by turn: the caller, who has read what came of one, lets the next go.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_END = b"\r\n\r\n"


@contextmanager
def upstream(answer: Sequence[bytes], turns: threading.Semaphore) -> Iterator[int]:
    """The port of a server that answers with these pieces, head included, one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer, turns))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, answer: Sequence[bytes], turns: threading.Semaphore) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # shut down
            return
        with connection:
            while _request(connection):
                for piece in answer:
                    turns.acquire()
                    connection.sendall(piece)


def _request(connection: socket.socket) -> bytes:
    """One whole request; nothing where the connection has ended."""
    read = b""
    while _END not in read:
        piece = connection.recv(65536)
        if not piece:
            return b""
        read += piece
    head, _, body = read.partition(_END)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return body


def ask(port: int, request: bytes, times: int, turns: threading.Semaphore) -> bytes:
    """The body of the last answer, after asking so often on one connection. Every answer has status 200, and a chunk
    for each piece of the upstream's."""
    body = b""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        for _ in range(times):
            turns.release()
            connection.sendall(request)
            status = answers.readline()
            assert b" 200 " in status, status
            fields = dict(line.split(b": ", 1) for line in iter(answers.readline, b"\r\n"))
            if b"content-length" in fields:
                body = answers.read(int(fields[b"content-length"]))
                continue
            body = b""
            while size := int(answers.readline(), 16):
                body += answers.read(size)
                answers.readline()
                turns.release()
            answers.readline()
            turns.acquire()
    return body
