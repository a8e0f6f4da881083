"""Server-Sent Events, decoded as they come.

By the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.5 and 9.2.6): any mixture of line
ends, comments, a byte order mark. Unlike a browser it gives the last event even when its blank line is missing,
since many servers close without one.
"""

from zaffre.net.failures import Broken

EVENT_LIMIT = 16 * 1024 * 1024
BOM = b"\xef\xbb\xbf"


class EventDecoder:
    """Bytes in, events out, however the bytes are cut. One per stream.

    `feed` and `end` give data alone; `feed_named` and `end_named` give (event name, data), b"" for no name; `feed_text`
    gives the events as they came, for `payloads` to take apart. Data of several lines is joined by a newline. Ids and
    retry times are left out. Raises Broken when an event grows over 16 MiB.
    """

    __slots__ = ("_after_cr", "_at_start", "_pieces", "_size")

    def __init__(self) -> None:
        self._after_cr = False
        self._at_start = True
        self._pieces: list[bytes] = []
        """What came after the last blank line: no empty strings, no carriage returns."""
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The data of every event that is complete by now."""
        return payloads(self.feed_text(data))

    def feed_text(self, data: bytes) -> bytes:
        """The text of every event that is complete by now, up to and with its blank line; newlines as line ends."""
        if data and (self._after_cr or b"\r" in data):
            data = self._with_newlines(data)
        if not data:
            return b""
        pieces = self._pieces
        if pieces:
            if b"\n\n" not in data and not (data[:1] == b"\n" and pieces[-1][-1:] == b"\n"):
                return self._keep(data)
            pieces.append(data)
            data = b"".join(pieces)
            pieces.clear()
            self._size = 0
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            return self._keep(data)
        if end < len(data):
            self._keep(data[end:])
            data = data[:end]
        return self._without_bom(data) if self._at_start else data

    def end(self) -> list[bytes]:
        """The data of a last event without its blank line."""
        return [data for _, data in self.end_named()]

    @property
    def rest(self) -> bytes:
        """What has come since the last blank line."""
        return b"".join(self._pieces)

    def feed_named(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Name and data of every event that is complete by now."""
        return _events(self.feed_text(data))

    def end_named(self) -> list[tuple[bytes, bytes]]:
        """Name and data of a last event without its blank line, unless its data was still to come."""
        rest = self._without_bom(b"".join(self._pieces))
        self._pieces.clear()
        return [event for event in _events(rest) if event[1]]

    def _keep(self, data: bytes) -> bytes:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > EVENT_LIMIT:
            raise Broken(f"an event is larger than {EVENT_LIMIT} bytes")
        return b""

    def _with_newlines(self, data: bytes) -> bytes:
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
        self._after_cr = data[-1:] == b"\r"
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _without_bom(self, data: bytes) -> bytes:
        if not self._at_start:
            return data
        self._at_start = False
        return data.removeprefix(BOM)


def payloads(text: bytes) -> list[bytes]:
    """The data of each event of a text that `feed_text` gave."""
    if text.startswith(b"data: "):
        payloads = text[6:-2].split(b"\n\ndata: ")
        # Looking for a byte is a third of the cost of counting it.
        if b"\n" not in b"".join(payloads):
            return payloads  # nothing but events of one data line: no need to look at lines
    return [data for _, data in _events(text)]


def _events(text: bytes) -> list[tuple[bytes, bytes]]:
    events = []
    for block in text.split(b"\n\n"):
        name, lines = b"", []
        for line in block.split(b"\n"):
            field, _, value = line.partition(b":")
            if field == b"data":
                lines.append(value.removeprefix(b" "))
            elif field == b"event":
                name = value.removeprefix(b" ")
        if lines:
            events.append((name, b"\n".join(lines)))
    return events
