"""What the server sends to hear whether a WebSocket's peer is still there."""

import time

from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.server import HttpServer
from hypersim.edge.sockets.protocol import SLICE_BYTES_MIN, WebSocketProtocol
from tests.support.attack import PING, PONG, frame
from tests.support.http_line import Line, line_to, serving, until

HANDSHAKE = """GET / HTTP/1.1
Host: x
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="""


async def listens(_: Scope, receive: Receive, send: Send) -> None:
    """An app that takes a WebSocket and says nothing."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


async def socket_of(server: HttpServer, line: Line) -> WebSocketProtocol:
    """The server's end of a line, once it is a WebSocket."""
    line.send(HANDSHAKE)
    head, _ = await line.answer()
    assert head.startswith("HTTP/1.1 101 ")
    [socket] = server.server_state.connections
    assert isinstance(socket, WebSocketProtocol)
    return socket


async def ping_of(socket: WebSocketProtocol, line: Line) -> bytes:
    """What the next ping carries."""
    socket.stop_keepalive()
    socket.send_keepalive_ping()
    first, length = await line.reader.readexactly(2)
    assert first == 0x80 | PING
    return await line.reader.readexactly(length)


async def test_a_ping_carries_the_time_in_ms_as_text_for_clients_that_read_it_so() -> None:
    async with serving(listens) as server, line_to(server) as line:
        socket = await socket_of(server, line)
        before = time.time_ns() // 1_000_000
        assert before <= int(await ping_of(socket, line)) <= time.time_ns() // 1_000_000


async def test_the_pong_that_returns_it_is_heard_and_another_is_not() -> None:
    async with serving(listens) as server, line_to(server) as line:
        socket = await socket_of(server, line)
        carried = await ping_of(socket, line)
        line.writer.write(frame(PONG, b"another") + frame(PING, b"seen"))
        assert await line.reader.readexactly(6) == bytes([0x80 | PONG, 4]) + b"seen"
        assert socket.pending_ping_payload == carried
        line.writer.write(frame(PONG, carried))
        await until(lambda: socket.pending_ping_payload is None)


async def test_a_flood_of_small_frames_is_parsed_little_at_a_time() -> None:
    async with serving(listens) as server, line_to(server) as line:
        socket = await socket_of(server, line)
        heard: list[int] = []
        socket.control.on_frame = lambda: heard.append(0)
        pong = frame(PONG, b"")
        socket.data_received(pong * 60)
        assert 0 < len(heard) <= SLICE_BYTES_MIN / len(pong) + 1
        await until(lambda: len(heard) == 60)
