"""HTTP messages as hypothesis draws them: in any framing, mostly sound, spoilt in every way that is known to matter."""

from hypothesis import strategies as st

from tests.net.in_memory import cut


def mostly(usual: list[bytes], rare: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of the usual ones most of the time, so that messages with several parts still come out sound."""
    return st.sampled_from(usual * (30 * len(rare) // len(usual) + 1) + rare)


line_ends = mostly([b"\r\n"], [b"\n", b"\r", b"\r\n "])
gaps = mostly([b" "], [b"", b"\t", b"  \t"])
names = mostly([b"X-One", b"x-one", b"x.!#$%&'*+-^_`|~9"], [b"X One", b"", b"X-One ", b"X(", b"\xe9"])
values = mostly([b"a", b"", b"a, b", b"a:b", b"caf\xe9", b"a\tb"], [b"\x01", b"a\0b", b"a\rb", b"\x7f"])
lengths = mostly(
    [b"%d"], [b"+%d", b"-%d", b"0x%d", b"%d, %d", b"00%d", b"%d 1", b"99999999999999999999%d", b"_%d", b""]
)
codings = mostly([b"chunked", b"Chunked"], [b"gzip, chunked", b"gzip", b"chunked, gzip", b"identity", b"xchunked", b""])
sizes = mostly(
    [b"%x", b"0%x"],
    [b"000000000000000000000%x", b"-%x", b"+%x", b"0x%x", b" %x", b"%x ", b"fffffffffffffff%x", b"1000000000000000%x"],
)
extensions = mostly([b"", b";a", b";a=b", b';a="b"'], [b"; a = b", b";"])
bodies = st.lists(st.sampled_from([b"a", b"0", b"f;", b"\r\n", b"\xff", b": "]), min_size=1, max_size=30).map(b"".join)
connections = st.sampled_from([b""] * 5 + [b"Connection: close\r\n", b"Connection: Keep-Alive\r\n"])
fields = st.builds(b"%b:%b%b%b%b".__mod__, st.tuples(names, gaps, values, gaps, line_ends))
FRAMINGS = [["Content-Length"]] * 8 + [["Transfer-Encoding"]] * 8 + [
    [], ["Content-Length", "Content-Length"], ["Content-Length", "Transfer-Encoding"],
    ["Transfer-Encoding", "Content-Length"], ["transfer-encoding", "Transfer-Encoding"],
]  # fmt: skip


@st.composite
def chunks(draw: st.DrawFn, body: bytes) -> bytes:
    """A body in chunks, with extensions and trailers."""
    written = b""
    for piece in cut(body, draw(st.lists(st.integers(1, 40), max_size=3))):
        written += numbered(draw(sizes), len(piece)) + draw(extensions) + draw(line_ends) + piece + draw(line_ends)
    trailers = b"".join(draw(st.lists(fields, max_size=1)))
    return written + numbered(draw(sizes), 0) + draw(extensions) + draw(line_ends) + trailers + draw(line_ends)


@st.composite
def messages(draw: st.DrawFn, first_line: bytes, *, host: bytes = b"") -> bytes:
    """A whole message behind its first line."""
    body = draw(bodies)
    framing = draw(st.sampled_from(FRAMINGS))
    written = first_line + draw(line_ends) + host + b"".join(draw(st.lists(fields, max_size=2)))
    for name in framing:
        value = numbered(draw(lengths), len(body)) if name == "Content-Length" else draw(codings)
        written += b"%b:%b%b%b" % (name.encode(), draw(gaps), value, draw(line_ends))
    written += draw(connections) + draw(line_ends)
    return written + (draw(chunks(body)) if "Transfer-Encoding" in framing else body)


def numbered(form: bytes, number: int) -> bytes:
    return form.replace(b"%d", b"%d" % number).replace(b"%x", b"%x" % number)
