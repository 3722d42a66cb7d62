"""Serving sockets for any dialect: what goes over the wire, who is let in, how many at a time."""

import asyncio

import pytest

from hypersim.api.sockets.serving import Opened, Policy, Refusal, Session, SocketServer
from hypersim.api.sockets.socket import Binary, Socket
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.edge.sockets.control import CloseCode
from hypersim.market.candle import DAY_MS
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.asgi_peer import Peer, scope_of
from tests.support.http_line import Line, line_to, serving, until
from tests.support.memory_exchange import memory_exchange
from tests.unit.edge.test_websocket_pings import HANDSHAKE

TEXT, BINARY = 0x81, 0x82


class Greeting(Session):
    """Says all kinds of frames."""

    async def begin(self) -> None:
        self.socket.send("text")
        self.socket.send(b"text too")
        self.socket.send(Binary(b"\x00\xff"))


class Slow(Session):
    """Handles messages once it is let."""

    def __init__(self, socket: Socket) -> None:
        super().__init__(socket)
        self.busy = self.handled = 0
        self.gate = asyncio.Event()

    async def hear(self, text: str) -> None:
        del text
        self.busy += 1
        await self.gate.wait()
        self.handled += 1


def open_session(scope: Scope, client: Client) -> Opened:
    """By the path."""
    del client
    match scope["path"]:
        case "/":
            return Greeting
        case "/full":
            return Refusal(429, b'{"code":1}', [(b"retry-after", b"7")])
        case _:
            return None


async def frame_of(line: Line) -> tuple[int, bytes]:
    """The next short frame: (its first byte, what it carries)."""
    first, length = await line.reader.readexactly(2)
    return first, await line.reader.readexactly(length)


async def test_text_goes_out_as_it_was_encoded_and_what_is_binary_as_such() -> None:
    async with memory_exchange() as exchange:
        server = SocketServer(exchange.services, Policy("tiny", "no place"), open_session)
        async with serving(server) as http, line_to(http) as line:
            line.send(HANDSHAKE)
            await line.answer()
            assert await frame_of(line) == (TEXT, b"text")
            assert await frame_of(line) == (TEXT, b"text too")
            assert await frame_of(line) == (BINARY, b"\x00\xff")


@pytest.mark.parametrize(
    ("path", "status", "told"), [("/full", "429", "retry-after: 7"), ("/nowhere", "403", "")]
)
async def test_a_handshake_that_is_refused_is_answered_as_over_http(
    path: str, status: str, told: str
) -> None:
    async with memory_exchange() as exchange:
        server = SocketServer(exchange.services, Policy("tiny", "no place"), open_session)
        async with serving(server) as http, line_to(http) as line:
            line.send(HANDSHAKE.replace("GET /", f"GET {path}"))
            head, body = await line.answer()
            assert head.startswith(f"HTTP/1.1 {status} ")
            assert told in head
            assert body == (b'{"code":1}' if told else b"")


@pytest.mark.parametrize("in_flight", [1, 3])
async def test_so_many_messages_of_a_client_are_handled_side_by_side(in_flight: int) -> None:
    async with memory_exchange() as exchange:
        opened: list[Slow] = []

        def open_slow(_: Scope, __: Client) -> Opened:
            def made(socket: Socket) -> Slow:
                opened.append(Slow(socket))
                return opened[0]

            return made

        policy = Policy("tiny", "no place", in_flight=in_flight)
        server, peer = SocketServer(exchange.services, policy, open_slow), Peer()
        for _ in range(5):
            peer.ask("message")
        running = asyncio.create_task(server(scope_of("/"), peer.receive, peer.send))
        await until(lambda: bool(opened) and opened[0].busy == in_flight)
        for _ in range(10):
            await asyncio.sleep(0)
        assert opened[0].busy == in_flight
        opened[0].gate.set()
        await until(lambda: opened[0].handled == 5)
        peer.hang_up()
        await running


async def test_who_finds_no_place_is_told_so() -> None:
    async with memory_exchange() as exchange:
        server = SocketServer(exchange.services, Policy("tiny", "no place"), open_session)
        server._places._per_address = 0
        peer = Peer()
        await server(scope_of("/", "192.0.2.1"), peer.receive, peer.send)
        assert peer.close_code == CloseCode.POLICY_VIOLATION


@pytest.mark.parametrize("sockets_end", [True, False])
async def test_a_socket_ends_with_its_day_unless_that_is_lifted(sockets_end: bool) -> None:
    clock = SimulatedClock(0, mode=Mode.STEP)
    async with memory_exchange(clock=clock) as exchange:
        services = exchange.services._replace(sockets_end=sockets_end)
        policy = Policy("tiny", "no place", life_ms=DAY_MS, life_over="A day")
        opened: list[Slow] = []

        def open_slow(_: Scope, __: Client) -> Opened:
            def made(socket: Socket) -> Slow:
                opened.append(Slow(socket))
                return opened[0]

            return made

        server, peer = SocketServer(services, policy, open_slow), Peer()
        running = asyncio.create_task(server(scope_of("/"), peer.receive, peer.send))
        peer.ask("are you there")
        await until(lambda: bool(opened) and opened[0].busy == 1)
        opened[0].gate.set()
        clock.move_to(DAY_MS)
        if sockets_end:
            await running
            assert peer.close_code == CloseCode.NORMAL
        else:
            peer.ask("and now")
            await until(lambda: opened[0].handled == 2)
            assert peer.close_code is None
            peer.hang_up()
            await running
