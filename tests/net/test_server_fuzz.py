"""Any split of the same bytes is answered alike; any bytes at all are answered or hung up on."""

import asyncio
import logging
import re
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.net.serving import connected, echo, line_to, serving
from zaffre.net.http import Limits

REQUESTS = (
    b"GET /a?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
    b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\r\nbody",
    b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n3\r\nefg\r\n0\r\nT: v\r\n\r\n",
    b"PUT http://b/d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi",
    b"GET /e HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
)
BODIES = (
    b"GET\n/a\nx=1\nhttp\n",
    b"POST\n/b\n\nhttp\nhello\r\nbody",
    b"POST\n/c\n\nhttp\nabcdefg",
    b"PUT\n/d\n\nhttp\nhi",
    b"GET\n/e\n\nhttp\n",
)
STREAM = b"".join(REQUESTS)
UPGRADE_BEGINS = STREAM.index(REQUESTS[3])
HURRIED = Limits(
    body=200, head=400, url=60, head_timeout=0.02, body_idle=0.02, keep_alive=0.02, linger=0.02, sweep=0.005
)
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FEW
@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=12))
async def test_a_stream_of_requests_is_answered_alike_however_it_is_split(positions: set[int]) -> None:
    # An offer to upgrade is only read again where it is the first of what came.
    cuts = sorted(positions | {0, UPGRADE_BEGINS, len(STREAM)})
    async with line_to(echo) as client:
        bodies: list[bytes] = []
        for start, end in pairwise(cuts):
            if start == UPGRADE_BEGINS:
                bodies += [(await client.answer()).body for _ in range(3)]
            client.send(STREAM[start:end])
            for _ in range(3):
                await asyncio.sleep(0)
        bodies += [(await client.answer()).body for _ in range(2)]
        assert bodies == list(BODIES)


mutated = st.builds(
    lambda whole, at, cut, middle: whole[: at % len(whole)] + middle + whole[at % len(whole) + cut :],
    st.sampled_from((*REQUESTS, STREAM)),
    st.integers(0, 1000),
    st.integers(0, 5),
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [b"\r\n", b"\n", b"\0", b" ", b":", b"\r\n ", b"chunked", b"99", b"-1", b"Content-Length: 1\r\n"]
        ),
        st.integers(1, 600).map(lambda count: b"a" * count),
    ),
)


@FEW
@given(st.one_of(st.binary(min_size=1, max_size=300), mutated))
async def test_whatever_comes_is_answered_or_hung_up_on_and_never_logged(data: bytes) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    watcher = logging.Handler()
    watcher.emit = complaints.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(watcher)
    try:
        async with serving(echo, limits=HURRIED) as address, connected(address) as client:
            client.send(data)
            said = await client.rest()
    finally:
        logging.getLogger().removeHandler(watcher)
    assert complaints == []
    statuses = re.findall(rb"^HTTP/1\.1 (\d{3}) ", said)
    assert not said or statuses
    assert set(statuses) <= {b"100", b"200", b"400", b"408", b"413", b"414", b"417", b"431", b"501", b"505"}
