"""What goes wrong with a socket, as it is on the wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from hypersim.api.sockets.serving import Opened, Policy, Session, SocketServer
from hypersim.edge.asgi import Scope
from hypersim.edge.client import Client
from hypersim.edge.server import HttpServer
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.asgi_peer import Peer, scope_of
from tests.support.attack import PING, PONG, frame
from tests.support.http_line import Line, line_to, serving, until
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.unit.edge.test_websocket_pings import HANDSHAKE, socket_of

CLOSE = 8
PONGED = bytes([0x80 | PONG, 4]) + b"seen"


class Echo(Session):
    """Says what it hears."""

    heard = 0

    async def hear(self, text: str) -> None:
        self.heard += 1
        self.socket.send(text)


def open_session(scope: Scope, client: Client) -> Opened:
    """To anybody."""
    del scope, client
    return Echo


class Desk(NamedTuple):
    """A server of sockets, and its clock, which stands still."""

    exchange: MemoryExchange
    clock: SimulatedClock
    sockets: SocketServer
    http: HttpServer
    line: Line

    async def arm(self, do: dict[str, Any], **match: Any) -> None:
        answer = await self.exchange.admin.post("/admin/faults", json={"do": do, "match": match})
        assert answer.status_code == 200, answer.text

    async def hits(self) -> list[int]:
        answer = await self.exchange.admin.get("/admin/faults")
        return [fault["hits"] for fault in answer.json()["faults"]]

    async def is_answered(self) -> bool:
        """Whether a ping gets its pong."""
        self.line.writer.write(frame(PING, b"seen"))
        return await self.line.reader.readexactly(len(PONGED)) == PONGED


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = SimulatedClock(1_000, mode=Mode.STEP)
    async with memory_exchange(clock=clock) as exchange:
        sockets = SocketServer(exchange.services, Policy("tiny", "no place"), open_session)
        async with serving(sockets) as http, line_to(http) as line:
            yield Desk(exchange, clock, sockets, http, line)


async def test_one_that_is_closed_is_gone_without_a_close_frame(desk: Desk) -> None:
    await socket_of(desk.http, desk.line)
    assert await desk.is_answered()
    await desk.arm({"socket": "close"}, times=1)
    assert await desk.line.is_closed()
    async with line_to(desk.http) as line:
        await socket_of(desk.http, line)


async def test_one_that_is_frozen_answers_no_ping_and_no_close_until_its_client_goes(
    desk: Desk,
) -> None:
    socket = await socket_of(desk.http, desk.line)
    assert await desk.is_answered()
    await desk.arm({"socket": "freeze"})
    desk.line.writer.write(frame(PING, b"seen") + frame(CLOSE, b""))
    # Nor is it pinged, nor ended for want of pongs.
    socket.send_keepalive_ping()
    socket.keepalive_timeout()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await desk.line.reader.read(1)
    assert not socket.transport.is_closing()
    desk.line.writer.close()
    await until(lambda: not desk.sockets._sessions)


async def test_what_a_frozen_one_is_told_is_not_heard(desk: Desk) -> None:
    peer = Peer()
    running = asyncio.create_task(desk.sockets(scope_of("/"), peer.receive, peer.send))
    peer.ask("before")
    assert await peer.next() == "before"
    await desk.arm({"socket": "freeze"})
    peer.ask("after")
    peer.hang_up()
    [session] = desk.sockets._sessions
    await running
    assert isinstance(session, Echo)
    assert session.heard == 1


async def test_a_handshake_that_is_refused_is_answered_503_and_is_no_error(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.arm({"socket": "refuse"}, times=1, dialect="tiny")
    desk.line.send(HANDSHAKE)
    with caplog.at_level("ERROR"):
        assert (await desk.line.answer())[0].startswith("HTTP/1.1 503 ")
        assert await desk.line.is_closed()
    assert not caplog.records
    async with line_to(desk.http) as line:
        await socket_of(desk.http, line)
    assert await desk.hits() == [1]


async def test_what_is_armed_for_later_happens_then_without_any_push(desk: Desk) -> None:
    await socket_of(desk.http, desk.line)
    await desk.arm({"socket": "close"}, **{"from": 5_000})
    desk.clock.move_to(4_999)
    assert await desk.is_answered()
    desk.clock.move_to(5_000)
    assert await desk.line.is_closed()


async def test_one_of_many_waits_for_pushes(desk: Desk) -> None:
    await socket_of(desk.http, desk.line)
    await desk.arm({"socket": "close"}, nth=1)
    await desk.arm({"socket": "close"}, probability=1)
    assert await desk.is_answered()
    assert await desk.hits() == [0, 0]


async def test_those_that_are_opened_later_are_hit_too(desk: Desk) -> None:
    await desk.arm({"socket": "close"})
    await socket_of(desk.http, desk.line)
    assert await desk.line.is_closed()


@pytest.mark.parametrize("field", ["endpoint", "method", "clientOrderId"])
async def test_what_no_push_has_is_not_matched(desk: Desk, field: str) -> None:
    wanted = {"do": {"userData": "drop"}, "match": {field: "x"}}
    answer = await desk.exchange.admin.post("/admin/faults", json=wanted)
    assert answer.status_code == 400
    assert "matched by user, key, dialect, symbol" in answer.text


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ({"userData": "twice"}, "duplicate"),
        ({"socket": {"silentS": 0}}, "silentS"),
        ({"marketData": True}, "crossed"),
        ({"drop": 3}, "true"),
    ],
)
async def test_who_wants_what_there_is_not_is_told_what_there_is(
    desk: Desk, do: dict[str, Any], expected: str
) -> None:
    answer = await desk.exchange.admin.post("/admin/faults", json={"do": do})
    assert answer.status_code == 400
    assert expected in answer.text


async def test_a_preset_leaves_out_what_cannot_hit_what_it_is_for(desk: Desk) -> None:
    wanted = {"preset": "nightmare", "match": {"endpoint": "POST *"}}
    answer = await desk.exchange.admin.post("/admin/faults", json=wanted)
    assert answer.status_code == 200
    listed = (await desk.exchange.admin.get("/admin/faults")).json()["faults"]
    assert {fault["match"]["endpoint"] for fault in listed} == {"POST *"}
