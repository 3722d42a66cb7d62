"""The short way of HTTP: what it answers is what ASGI would have answered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from operator import methodcaller

import pytest

from hypersim.edge.asgi import Receive, Scope, Send, has_hung_up
from hypersim.edge.http.protocol import PLAIN_BODY_BYTES_MAX
from hypersim.edge.plain import Answer, Response, read_body, send_response
from hypersim.edge.server import HttpServer, authority
from hypersim.service.committer import Batch
from hypersim.trading.counters import Counters
from tests.support.http_line import Line, line_to, serving, until


class TwoWays:
    """Tells which way a request came, and its body's length. `/asgi` is never answered plainly,
    `/bug` fails, `/slow` and `/asgi/slow` wait until they are let go, and `/batch` until its batch
    is durable."""

    def __init__(self) -> None:
        self.batch = Batch(asyncio.get_running_loop(), Counters())
        self.let_go = asyncio.Event()
        self.has_begun = asyncio.Event()
        self.is_gone: Callable[[], bool] = bool
        """Of the client of the last request."""

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        self.is_gone = has_hung_up(scope)
        path: str = scope["path"]
        if path.startswith("/asgi"):
            return None

        async def answer(body: bytes) -> Response:
            if path == "/bug":
                raise ValueError("a bug")
            if path == "/slow":
                self.has_begun.set()
                await self.let_go.wait()
            if path == "/batch":
                self.has_begun.set()
                await self.batch.wait()
            return Response(200, b'"plain %d"' % len(body), [(b"x-path", path.encode())])

        return answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        body = await read_body(scope, receive, 1_000_000)
        if scope["path"] == "/asgi/slow":
            self.has_begun.set()
            await self.let_go.wait()
        await send_response(send, Response(200, b'"asgi %d"' % len(body)))


@pytest.fixture
async def app() -> TwoWays:
    return TwoWays()


@pytest.fixture
async def server(app: TwoWays) -> AsyncIterator[HttpServer]:
    async with serving(app) as running:
        yield running
        app.let_go.set()


@pytest.fixture
async def line(server: HttpServer) -> AsyncIterator[Line]:
    async with line_to(server) as opened:
        yield opened


async def test_a_connection_carries_one_request_after_the_other(line: Line) -> None:
    for body in (b"", b"abc", b"x" * 10_000):
        line.send(f"POST /order HTTP/1.1\nHost: x\nContent-Length: {len(body)}", body)
        head, told = await line.answer()
        assert head.startswith("HTTP/1.1 200 OK\r\n")
        assert "content-type: application/json\r\n" in head
        assert "x-path: /order\r\n" in head
        assert told == b'"plain %d"' % len(body)


async def test_pipelined_requests_are_answered_in_their_order(line: Line) -> None:
    for number, path in enumerate(["/a", "/asgi", "/b", "/b", "/asgi", "/c"]):
        line.send(f"POST {path} HTTP/1.1\nHost: x\nContent-Length: {number}", b"." * number)
    told = [(await line.answer())[1].decode().strip('"') for _ in range(6)]
    assert told == ["plain 0", "asgi 1", "plain 2", "plain 3", "asgi 4", "plain 5"]


async def test_a_body_may_come_in_pieces(line: Line) -> None:
    line.send("POST /order HTTP/1.1\nHost: x\nTransfer-Encoding: chunked")
    for _ in range(3):
        line.writer.write(b"3\r\nabc\r\n")
        await line.writer.drain()
    line.writer.write(b"0\r\n\r\n")
    assert (await line.answer())[1] == b'"plain 9"'


@pytest.mark.parametrize("size", [PLAIN_BODY_BYTES_MAX + 1, 300_000])
async def test_a_large_body_goes_the_long_way(line: Line, size: int) -> None:
    line.send(f"POST /order HTTP/1.1\nHost: x\nContent-Length: {size}", b"x" * size)
    assert (await line.answer())[1] == b'"asgi %d"' % size
    line.send("GET /order HTTP/1.1\nHost: x")
    assert (await line.answer())[1] == b'"plain 0"'


async def test_who_asks_whether_to_go_on_is_told_to(line: Line) -> None:
    line.send("POST /order HTTP/1.1\nHost: x\nContent-Length: 3\nExpect: 100-continue")
    assert (await line.answer())[0].startswith("HTTP/1.1 100 Continue")
    line.writer.write(b"abc")
    assert (await line.answer())[1] == b'"asgi 3"'


@pytest.mark.parametrize("head", ["HTTP/1.0\nHost: x", "HTTP/1.1\nHost: x\nConnection: close"])
async def test_who_wants_one_answer_gets_one(line: Line, head: str) -> None:
    line.send(f"GET /order {head}")
    answered, told = await line.answer()
    assert "connection: close\r\n" in answered
    assert told == b'"plain 0"'
    assert await line.is_closed()


async def test_a_bug_is_answered_with_500_and_ends_the_connection_only(
    line: Line, server: HttpServer
) -> None:
    line.send("GET /bug HTTP/1.1\nHost: x")
    head, _ = await line.answer()
    assert head.startswith("HTTP/1.1 500 ")
    assert await line.is_closed()
    other = Line(*await asyncio.open_connection(*server.address))
    other.send("GET /order HTTP/1.1\nHost: x")
    assert (await other.answer())[1] == b'"plain 0"'
    other.writer.close()


async def test_a_client_that_is_gone_is_not_answered(
    line: Line, server: HttpServer, app: TwoWays
) -> None:
    line.send("GET /slow HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    line.writer.transport.abort()
    app.let_go.set()
    state = server.server_state
    await until(lambda: not state.connections and not state.tasks)


@pytest.mark.parametrize("path", ["/slow", "/asgi/slow"])
@pytest.mark.parametrize("hangs_up", ["abort", "close"])
async def test_a_request_knows_whether_its_client_has_hung_up(
    line: Line, app: TwoWays, path: str, hangs_up: str
) -> None:
    line.send(f"GET {path} HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    assert not app.is_gone()
    methodcaller(hangs_up)(line.writer.transport)
    await until(app.is_gone)


async def test_a_server_that_stops_finishes_what_is_under_way(
    line: Line, server: HttpServer, app: TwoWays
) -> None:
    line.send("GET /slow HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    server.stop()
    await until(lambda: not server.servers[0].is_serving())
    app.let_go.set()
    head, told = await line.answer()
    assert "connection: close\r\n" in head
    assert told == b'"plain 0"'
    assert await line.is_closed()


async def test_what_comes_behind_a_request_that_waits_for_its_batch_is_answered_after_it(
    line: Line, app: TwoWays
) -> None:
    line.send("GET /batch HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    line.send("POST /a HTTP/1.1\nHost: x\nContent-Length: 3", b"abc")
    line.send("GET /asgi HTTP/1.1\nHost: x")
    for path in ("/b", "/c"):
        line.send(f"GET {path} HTTP/1.1\nHost: x")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(line.reader.read(1), 0.05)
    app.batch.finish()
    heads = [(await line.answer())[0] for _ in range(5)]
    assert ["x-path: " in head for head in heads] == [True, True, False, True, True]
    assert [head.partition("x-path: ")[2].strip() for head in heads if "x-path" in head] == [
        "/batch",
        "/a",
        "/b",
        "/c",
    ]


async def test_a_stopping_server_waits_for_a_batch(
    line: Line, server: HttpServer, app: TwoWays
) -> None:
    line.send("GET /batch HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    server.stop()
    await until(lambda: not server.servers[0].is_serving())
    app.batch.finish()
    head, _ = await line.answer()
    assert "connection: close\r\n" in head
    assert await line.is_closed()


async def test_who_is_gone_while_his_batch_is_written_is_not_answered(
    line: Line, server: HttpServer, app: TwoWays
) -> None:
    line.send("GET /batch HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    line.writer.transport.abort()
    state = server.server_state
    assert len(state.tasks) == 1
    app.batch.finish()
    await until(lambda: not state.connections and not state.tasks)


@pytest.mark.parametrize("path", ["/slow", "/asgi/slow", "/batch"])
async def test_what_a_stop_gives_up_gets_no_answer_that_looks_like_one(
    line: Line, server: HttpServer, app: TwoWays, path: str
) -> None:
    line.send(f"GET {path} HTTP/1.1\nHost: x")
    await app.has_begun.wait()
    server.config.timeout_graceful_shutdown = 0
    server.stop()
    with contextlib.suppress(ConnectionError):
        assert await line.is_closed()


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1:8080"), ("::1", "[::1]:8080")]
)
def test_where_a_server_is_reached_is_said_as_in_a_url(host: str, shown: str) -> None:
    assert authority(host, 8080) == shown
