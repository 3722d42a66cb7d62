"""What stands before the short way: a whole request is answered by it only where nothing else is
under way on its connection. Bytes come here exactly as a test cuts them."""

import asyncio
from collections.abc import Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.edge import Edge
from hypersim.edge.forms import FORMS_MAX, NAMES_MAX
from hypersim.edge.http.protocol import HttpProtocol
from hypersim.edge.http.short import ShortRequest
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.plain import Answer, Response, read_body, send_response
from hypersim.service.committer import Batch
from hypersim.trading.counters import Counters
from tests.support.wire import Wire

TURNS = 20


def asked(path: str, *headers: str, body: str = "") -> bytes:
    """A request, whole."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", body]).encode()


class Peer:
    """A connection to an app that says its path and the way; `/batch` waits for its batch."""

    def __init__(self, edge: Edge) -> None:
        self.heard: list[str] = []
        self.batch = Batch(asyncio.get_running_loop(), Counters())
        config = uvicorn.Config(
            self, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False
        )
        config.load()
        self.protocol = HttpProtocol(edge, config=config, server_state=ServerState(), app_state={})
        self.wire = Wire()
        self.protocol.connection_made(self.wire)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await read_body(scope, receive, 100_000)
        await send_response(send, self._say(scope["path"], "asgi"))

    def plain(self, scope: Scope) -> Answer:
        """See `PlainApp`."""

        async def answer(_: bytes) -> Response:
            if scope["path"] == "/batch":
                await self.batch.wait()
            return self._say(scope["path"], "plain")

        return answer

    @property
    def was_short(self) -> bool:
        """Whether the last request took the short way."""
        return isinstance(self.protocol._active, ShortRequest)

    async def send(self, *pieces: bytes) -> None:
        """Each in a turn of its own, and some turns for what comes of them."""
        for piece in pieces:
            asyncio.get_running_loop().call_soon(self.protocol.data_received, piece)
            await asyncio.sleep(0)
        await turn()

    def _say(self, path: str, way: str) -> Response:
        self.heard.append(path)
        return Response(200, f"<{path} {way}>".encode())


async def turn() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@pytest.fixture
async def peer() -> Peer:
    return Peer(Edge())


async def test_a_whole_request_takes_the_short_way_and_one_in_pieces_does_not(peer: Peer) -> None:
    whole = asked("/a", body="abc")
    await peer.send(whole)
    assert peer.was_short
    for cut in range(1, len(whole)):
        await peer.send(whole[:cut], whole[cut:])
        assert not peer.was_short, cut
        await peer.send(whole)
        assert peer.was_short, cut
    assert peer.heard == ["/a"] * (2 * len(whole) - 1)


async def test_a_request_behind_one_that_waits_is_performed_after_it(peer: Peer) -> None:
    await peer.send(asked("/batch"), asked("/a"), asked("/b"))
    assert peer.heard == [] and not peer.wire.written
    peer.batch.finish()
    await turn()
    assert peer.heard == ["/batch", "/a", "/b"]
    told = bytes(peer.wire.written)
    assert told.find(b"</batch") < told.find(b"</a") < told.find(b"</b ")


async def test_nothing_is_performed_behind_the_last_request(peer: Peer) -> None:
    await peer.send(asked("/a", "Connection: close"), asked("/b"))
    assert peer.heard == ["/a"]


async def test_nothing_is_performed_behind_what_was_refused(peer: Peer) -> None:
    await peer.send(b"nonsense\r\n\r\n", asked("/b"))
    assert peer.heard == []


@pytest.mark.parametrize("begun", [b"POST /a HTTP/1.1\r\nHost: x\r\n", b"POST", b"\r"])
async def test_what_looks_like_a_request_is_none_within_another(peer: Peer, begun: bytes) -> None:
    await peer.send(begun, asked("/b"))
    assert peer.heard == []
    assert b"HTTP/1.1 400" in peer.wire.written


async def test_who_was_not_let_in_is_not_served() -> None:
    edge = Edge(EdgeLimits(connections_per_address=1))
    first, second = Peer(edge), Peer(edge)
    for peer in (first, second):
        await peer.send(asked("/a"))
    assert (first.heard, second.heard) == (["/a"], [])


async def test_who_does_not_read_is_answered_when_he_does(peer: Peer) -> None:
    peer.protocol.pause_writing()
    await peer.send(asked("/a"))
    assert not peer.wire.written
    peer.protocol.resume_writing()
    await turn()
    assert b"</a asgi>" in peer.wire.written


async def test_every_form_of_a_head_is_learned_and_read_as_it_came(peer: Peer) -> None:
    for headers in (["A: b"], ["a:c  d"], ["Connection: Keep-Alive", "A: b"], [], ["A: b"]):
        for body in ("", "abc"):
            await peer.send(asked("/a", *headers, body=body))
            assert peer.was_short
            given = dict(peer.protocol._active.scope["headers"])  # type: ignore[union-attr]
            expected = [header.partition(":") for header in headers]
            assert given == {
                b"host": b"x",
                b"content-length": b"%d" % len(body),
                **{name.lower().encode(): value.strip().encode() for name, _, value in expected},
            }


async def test_so_many_forms_are_learned_and_no_more(peer: Peer) -> None:
    for number in range(FORMS_MAX):
        await peer.send(asked("/a", f"A{number}: b"))
        assert peer.was_short
    await peer.send(asked("/a", "One: more"))
    assert not peer.was_short
    await peer.send(asked("/a", "A0: b"))
    assert peer.was_short
    assert peer.heard == ["/a"] * (FORMS_MAX + 2)


async def test_what_every_answer_carries_is_as_of_now(peer: Peer) -> None:
    for date in (b"one", b"two"):
        peer.wire.written.clear()
        peer.protocol.server_state.default_headers = [(b"date", date), (b"via", b"x")]
        await peer.send(asked("/a"))
        assert b"200 OK\r\ndate: %b\r\nvia: x\r\ncontent-type: " % date in peer.wire.written


LONG = "x" * 3_000


@pytest.mark.parametrize(
    ("limits", "request_of", "status"),
    [
        (EdgeLimits(headers=2), lambda: asked("/a", "A: b"), b"431"),
        (EdgeLimits(request_line_bytes=20), lambda: asked("/" + "a" * 30), b"414"),
        (EdgeLimits(head_bytes=100), lambda: asked("/a", "A: " + "b" * 99, body="c"), b"431"),
        (EdgeLimits(), lambda: asked("/a", f"A: {LONG}"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "Expect: 100-continue", body="abc"), b"100"),
        (EdgeLimits(), lambda: asked("/a", "Content-Length: 0"), b"400"),
        (EdgeLimits(), lambda: asked("/a", "A: b", "a: b"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "Connection: close"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "Connection: Upgrade", "Upgrade: h2c"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "Transfer-Encoding: gzip"), b"400"),
        (EdgeLimits(), lambda: asked("/a", "A: \tb"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "A: b "), b"200"),
        (EdgeLimits(), lambda: asked("/a", "A:  b"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "A:"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "A: \xe9"), b"200"),
        (EdgeLimits(), lambda: asked("/a", "A: b\rC: d"), b"400"),
        (EdgeLimits(), lambda: asked("/a", "A : b"), b"400"),
        (EdgeLimits(), lambda: asked("/a", *[f"A{n}: b" for n in range(NAMES_MAX)]), b"200"),
        (EdgeLimits(), lambda: asked("/%61"), b"200"),
        (EdgeLimits(), lambda: asked("/a").replace(b"Host", b"Most"), b"400"),
        (EdgeLimits(), lambda: asked("/a").replace(b": 0", b": x"), b"400"),
        (EdgeLimits(), lambda: asked("/a").replace(b"1.1", b"1.0"), b"200"),
        (EdgeLimits(), lambda: asked("/a") + b"abc", b"200"),
    ],
)
async def test_what_is_unusual_is_the_parsers(
    limits: EdgeLimits, request_of: Callable[[], bytes], status: bytes
) -> None:
    peer = Peer(Edge(limits))
    await peer.send(request_of())
    assert not peer.was_short
    assert peer.wire.written.startswith(b"HTTP/1.1 " + status)
