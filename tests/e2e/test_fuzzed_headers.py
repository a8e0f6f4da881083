"""Any header fields at all: an answer or a refusal that says why, never a 5xx, a traceback or a leaked secret."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.e2e.caller import check, exchange
from tests.e2e.servers import KEY, QUIET, Server

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODY = b'{"model":"able","messages":[{"role":"user","content":"Hi"}],"foo":1}'
GOOD = [(b"host", b"localhost"), (b"api-key", KEY.encode()), (b"content-type", b"application/json")]
OURS = (b"host", b"api-key", b"authorization", b"content-type", b"extra-parameters", b"azureml-model-deployment",
        b"x-ms-model-mesh-model-name", b"x-ms-client-request-id", b"accept", b"accept-encoding", b"expect", b"te",
        b"transfer-encoding", b"content-encoding", b"connection", b"upgrade", b"cookie", b"traceparent")  # fmt: skip
CREDENTIALS = (KEY.encode(), b"Bearer " + KEY.encode(), b"bearer\t" + KEY.encode(), b"Bearer a, Bearer b")
SAID = (b"", b" ", b"Bearer", b"Bearer ", b"Basic Og==", b"drop", b"pass-through", b"drop, drop", b"ignore", b"able",
        b"ABLE", b"embed", b"absent", b"\xff\xfe", b"\xc3\xa4", b"application/json; charset=utf-16", b"text/plain",
        b"application/x+json", b"*/*", b"gzip", b"chunked", b"gzip, chunked", b"100-continue", b"websocket", b"h2c",
        b"demo.localhost", b"[::1]:8080", b"a, b", b"x" * 300, b"x" * 9000, b"x" * 70_000)  # fmt: skip

_token = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=20).map(str.encode)
_value = st.binary(max_size=40).map(lambda value: value.translate(None, b"\r\n\0"))
_credential = st.tuples(st.sampled_from([b"api-key", b"authorization"]), st.sampled_from(CREDENTIALS))
_field = st.tuples(st.sampled_from(OURS) | _token, st.sampled_from(SAID) | _value)
_line = st.binary(max_size=40).map(lambda line: line.translate(None, b"\r\n"))
_paths = st.sampled_from(
    [b"/models/chat/completions", b"/deployments/able/v1/chat/completions", b"/openai/v1/models", b"/models/info"]
)
_targets = _paths | st.binary(max_size=20).map(lambda path: b"/" + path.translate(None, b"\r\n \t\0"))


def request(target: bytes, lines: list[bytes]) -> bytes:
    """A request after which the server closes the connection, whatever else these lines ask for."""
    ends = [b"connection: close", b"content-length: %d" % len(BODY)]
    return b"\r\n".join([b"POST " + target + b" HTTP/1.1", *lines, *ends, b"", BODY])


def checked(server: Server, data: bytes) -> None:
    answer = exchange(server, data)
    # What uvicorn cannot parse never becomes a request of the ASGI application's.
    if answer.body != b"Invalid HTTP request received.":
        check(answer)


def written(fields: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [name + b": " + value for name, value in fields]


def test_any_fields_are_answered_or_refused_with_a_reason(server: Server) -> None:
    @MANY
    @given(_targets, st.lists(_field | _credential, max_size=6), st.booleans())
    @example(b"/models/chat/completions", [(b"x-%d" % number, b"1") for number in range(500)], True)
    @example(b"/models/chat/completions", [(b"api-key", b"wrong"), (b"api-key", KEY.encode())], False)
    def answered(target: bytes, fields: list[tuple[bytes, bytes]], good: bool) -> None:
        checked(server, request(target, written((GOOD if good else GOOD[:1]) + fields)))

    answered()
    assert not QUIET.search(server.log), server.log


def test_any_lines_are_answered_or_refused_with_a_reason(server: Server) -> None:
    @MANY
    @given(st.lists(_line, max_size=3))
    def answered(lines: list[bytes]) -> None:
        checked(server, request(b"/models/chat/completions", [*written(GOOD), *lines]))

    answered()
    assert not QUIET.search(server.log), server.log
