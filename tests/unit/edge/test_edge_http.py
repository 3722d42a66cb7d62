"""The limits of HTTP below every API: what goes over them is refused so that the client hears of
it, and what was received before is answered."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.plain import BodyTooLarge, Response, read_body, send_response
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.server import HttpServer
from tests.support.http_line import NEVER_S, Line, line_to, serving, until

GET = "GET /{} HTTP/1.1\nHost: x"
LIMITS = EdgeLimits(pipelined_requests=8)
QUICK = EdgeLimits(head_s=0.2, body_s=0.2, idle_s=0.4, unread_s=0.3, closing_s=0.2, linger_s=0.3)


class Counted:
    """Answers with its path, once let go, and counts how many requests it was given."""

    def __init__(self) -> None:
        self.calls = 0
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        self.calls += 1
        await self.let_go.wait()
        try:
            await read_body(scope, receive, 65_536)
        except BodyTooLarge:
            await send_response(send, Response(413, b'"too large"'))
            return
        body = b'"' + scope["path"].encode() + b'"'
        if scope["path"].startswith("/large"):
            body = b'"' + b"x" * 300_000 + b'"'
        await send_response(send, Response(200, body))


@pytest.fixture
def app() -> Counted:
    return Counted()


@pytest.fixture
async def server(app: Counted) -> AsyncIterator[HttpServer]:
    async with serving(app, LIMITS) as running:
        yield running
        app.let_go.set()


@pytest.fixture
async def quick(app: Counted) -> AsyncIterator[HttpServer]:
    """With deadlines that tests can wait for."""
    async with serving(app, QUICK) as running:
        yield running
        app.let_go.set()


@pytest.fixture
async def line(server: HttpServer) -> AsyncIterator[Line]:
    async with line_to(server) as opened:
        yield opened


def refusals(server: HttpServer) -> dict[str, int]:
    return dict(server.edge.counts)


@pytest.mark.parametrize(("length", "status"), [(16_384, 200), (16_385, 414), (300_000, 414)])
async def test_an_address_has_a_length(line: Line, length: int, status: int) -> None:
    line.send(GET.format("a" * (length - 1)))
    assert await line.status() == status


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("".join(f"\nx-{n}: {'v' * 510}" for n in range(128)), id="many headers"),
        pytest.param("\nx: " + "v" * 65_536, id="one header"),
        pytest.param("\n" + "v" * 70_000, id="one name"),
        pytest.param("".join(f"\nx-{n}: 1" for n in range(300)), id="300 headers"),
    ],
)
async def test_a_head_has_a_size(line: Line, server: HttpServer, headers: str) -> None:
    line.send(GET.format("") + headers)
    assert await line.status() == 431
    assert await line.is_closed()
    assert refusals(server) == {EdgeReason.HEAD: 1}


async def test_a_head_of_60_kb_is_served(line: Line) -> None:
    line.send(GET.format("fine") + "".join(f"\nx-{n}: {'v' * 1_000}" for n in range(60)))
    assert (await line.answer())[1] == b'"/fine"'


@pytest.mark.parametrize("junk", [b"x" * 5_000_000, b"\r\n" * 2_000_000])
async def test_a_head_without_end_is_refused(line: Line, junk: bytes) -> None:
    line.writer.write((GET.format("") + "\nx: ").replace("\n", "\r\n").encode())
    line.writer.write(junk)
    assert (await line.status()) in (400, 431, 200)


@pytest.mark.parametrize("rest", [b"1" + b"0" * 100_000, b"1;x=" + b"y" * 100_000, b"0\r\nx: "])
async def test_chunks_and_trailers_have_a_size(line: Line, rest: bytes) -> None:
    line.send("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", rest + b"z" * 100_000)
    assert (await line.status()) in (400, 431)


async def test_a_trailer_is_no_header() -> None:
    heard: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(scope, receive, 100)
        heard.extend(scope["headers"])
        await send_response(send, Response(200, b"1"))

    async with serving(app) as other, line_to(other) as line:
        line.send(
            "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked",
            b"1\r\na\r\n0\r\nx-mbx-apikey: k\r\n\r\n",
        )
        assert await line.status() == 200
    assert heard == [(b"host", b"x"), (b"transfer-encoding", b"chunked")]


async def test_who_asks_whether_to_send_a_body_that_is_too_large_is_told_so(
    line: Line, server: HttpServer
) -> None:
    line.send("POST / HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 70000")
    assert await line.status() == 413
    assert refusals(server) == {EdgeReason.BODY: 1}


@pytest.mark.parametrize("more", ["", "\nConnection: close"])
async def test_a_body_that_is_too_large_is_told_so(
    line: Line, server: HttpServer, more: str
) -> None:
    size = 5_000_000
    line.send(f"POST / HTTP/1.1\nHost: x\nContent-Length: {size}{more}", b"x" * size)
    await line.writer.drain()
    assert await line.status() == 413
    assert refusals(server)[EdgeReason.BODY] == 1
    if more:
        assert await line.is_closed()
    else:
        line.send(GET.format("next"))
        assert (await line.answer())[1] == b'"/next"'


async def test_no_more_is_read_than_can_be_answered(
    line: Line, server: HttpServer, app: Counted
) -> None:
    app.let_go.clear()
    line.writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 300_000)
    await until(lambda: app.calls == 1)
    (protocol,) = server.server_state.connections
    await until(lambda: protocol.flow.read_paused)  # type: ignore[union-attr]
    held = len(protocol.pipeline) + len(protocol._unread) / 27  # type: ignore[union-attr]
    assert held < 20_000, "of 300,000 requests"
    assert len(protocol.pipeline) < 8 + 2_048 / 27  # type: ignore[union-attr]


async def test_every_pipelined_request_is_answered_in_its_order(line: Line, app: Counted) -> None:
    count = 5_000
    for number in range(count):
        line.send(GET.format(number))
    for number in range(count):
        assert (await line.answer())[1] == b'"/%d"' % number
    assert app.calls == count


async def test_a_refusal_comes_after_the_answers_before_it(line: Line, app: Counted) -> None:
    app.let_go.clear()
    line.writer.write(
        b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n"
    )
    await until(lambda: app.calls == 1)
    app.let_go.set()
    assert [await line.status() for _ in range(3)] == [200, 200, 400]
    assert await line.is_closed()


async def test_who_ends_his_half_is_answered(line: Line, app: Counted) -> None:
    app.let_go.clear()
    line.send(GET.format("1"))
    line.send(GET.format("2"))
    line.writer.write_eof()
    await until(lambda: app.calls == 1)
    await asyncio.sleep(0)
    app.let_go.set()
    assert [(await line.answer())[1] for _ in range(2)] == [b'"/1"', b'"/2"']
    assert await line.is_closed()


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHo", 408, EdgeReason.HEAD_DEADLINE),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
            408,
            EdgeReason.BODY_DEADLINE,
        ),
        (b"", None, EdgeReason.SILENT),
    ],
)
async def test_what_never_becomes_whole_is_given_up(
    quick: HttpServer, sent: bytes, status: int | None, reason: EdgeReason
) -> None:
    async with line_to(quick) as line:
        line.writer.write(sent)
        if status is None:
            await line.ends()
        else:
            assert await line.status() == status
            assert await line.is_closed()
    assert refusals(quick)[reason] == 1


async def test_an_idle_connection_is_closed(quick: HttpServer) -> None:
    async with line_to(quick) as line:
        line.send(GET.format(""))
        assert await line.status() == 200
        assert await line.is_closed()
    assert refusals(quick) == {}


async def test_a_request_that_arrives_as_the_time_is_over_is_answered(quick: HttpServer) -> None:
    async with line_to(quick) as line:
        line.send(GET.format(""))
        assert await line.status() == 200
        (protocol,) = quick.server_state.connections
        line.send(GET.format("late"))
        await line.writer.drain()
        # Sent, but not read: the event loop has not turned since.
        protocol.overdue()  # type: ignore[union-attr]
        assert (await line.answer())[1] == b'"/late"'


async def test_a_slow_answer_is_not_taken_for_idleness(quick: HttpServer, app: Counted) -> None:
    async with line_to(quick) as line:
        line.send(GET.format(""))
        assert await line.status() == 200
        app.let_go.clear()
        line.send(GET.format("slow"))
        await asyncio.sleep(1.2)
        app.let_go.set()
        assert (await line.answer())[1] == b'"/slow"'


async def test_who_reads_nothing_is_aborted(quick: HttpServer, app: Counted) -> None:
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.connect(quick.address)
        peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        await until(lambda: refusals(quick).get(EdgeReason.UNREAD) == 1)
        await until(lambda: not quick.server_state.connections)
    assert app.calls < 50


async def test_an_address_has_so_many_connections() -> None:
    async with serving(Counted(), EdgeLimits(connections_per_address=1, head_s=NEVER_S)) as server:
        lines = [await asyncio.open_connection(*server.address) for _ in range(20)]
        await until(lambda: server.edge.connections == 20)
        async with line_to(server) as line:
            assert await line.status() == 429
        lines[0][1].close()
        await until(lambda: server.edge.connections == 19)
        async with line_to(server) as line:
            line.send(GET.format("fits"))
            assert (await line.answer())[1] == b'"/fits"'
        for _, writer in lines:
            writer.close()


async def test_who_asks_nothing_gives_way_to_who_does() -> None:
    async with serving(Counted(), EdgeLimits(connections=16, head_s=NEVER_S)) as server:
        silent = [await asyncio.open_connection(*server.address) for _ in range(40)]
        async with line_to(server) as line:
            for number in range(3):
                line.send(GET.format(number))
                assert await line.status() == 200
        assert refusals(server) == {EdgeReason.GAVE_WAY: 25}
        for _, writer in silent:
            writer.close()
