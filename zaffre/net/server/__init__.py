"""The server: a protocol of our own for the data path, inside uvicorn.

`serve` runs listeners (`listen`) until a signal; `lane` is one connection, which reads requests (`reader`), has them
answered in order and writes the answers (`writer`, `answer`); `sweep` is the one timer; `asgi` is the same handler as
an application for any ASGI server.
"""
