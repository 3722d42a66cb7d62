"""Sockets have limits, and a reader that does not keep up is dropped while the others go on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hypersim.api.sockets import serving
from hypersim.api.sockets import socket as sockets
from hypersim.api.sockets.budget import MESSAGES_PER_SECOND_MAX
from hypersim.api.sockets.serving import Places
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.audience import Audience
from hypersim.edge.client import Counted
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import CloseCode
from hypersim.service.clock import WallClock
from hypersim.service.outboxes import Outboxes
from tests.conformance.native.stream_client import StreamClient, stream_of
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess
from tests.support.two_sockets import first_hearers

FROM_AFAR = {"X-Forwarded-For": "192.0.2.1"}
"""The quiet server takes this machine for a proxy; alone, its sockets would count 20 times less."""


class Peer:
    """The ASGI server's side of one socket, which stops sending when nobody reads."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self._more = asyncio.Event()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        return await self.received.get()

    async def send(self, message: Any) -> None:
        await self.is_reading.wait()
        self.sent.append(message)
        self._more.set()

    async def has_sent(self, text: str) -> None:
        while text not in self.frames:
            self._more.clear()
            await self._more.wait()

    @property
    def frames(self) -> list[str]:
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]


class Noted(Peer):
    """A peer that notes when it sends."""

    def __init__(self, told: list[Peer]) -> None:
        super().__init__()
        self._told = told

    async def send(self, message: Any) -> None:
        await super().send(message)
        self._told.append(self)


@contextlib.asynccontextmanager
async def served(peer: Peer) -> AsyncIterator[tuple[Socket, asyncio.Task[Any]]]:
    """A socket that echoes, and the task that serves it."""
    socket = Socket({}, peer.receive, peer.send, Outboxes(), WallClock())

    async def hear(text: str) -> None:
        socket.send(text)

    serving = asyncio.create_task(socket.serve(hear))
    async with asyncio.timeout(10):
        yield socket, serving
        peer.received.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await serving


async def test_frames_are_sent_in_order() -> None:
    peer = Peer()
    async with served(peer) as (socket, _):
        for number in range(100):
            socket.send(str(number))
        peer.received.put_nowait({"type": "websocket.receive", "text": "last"})
        await peer.has_sent("last")
    assert peer.frames == [*map(str, range(100)), "last"]


async def test_events_and_answers_keep_their_order() -> None:
    peer = Peer()
    async with served(peer) as (socket, _):
        for number in range(0, 100, 2):
            socket.push(str(number))
            socket.send(str(number + 1))
            if number % 10 == 0:
                await asyncio.sleep(0)
        await peer.has_sent("99")
    assert peer.frames == [*map(str, range(100))]


async def test_either_of_two_sockets_is_told_first() -> None:
    """Whatever the order in which they are filled."""
    rounds, first = 200, 0
    told: list[Peer] = []
    one, other = Noted(told), Noted(told)
    async with served(one) as (socket, _), served(other) as (another, _):
        for number in map(str, range(rounds)):
            socket.push(number)
            another.push(number)
            await one.has_sent(number)
            await other.has_sent(number)
            first += told[-2] is other
    # Three of eight: the other one was drawn an earlier turn.
    assert rounds // 4 < first < rounds // 2


async def test_either_of_two_connections_is_told_first(
    quiet_server: ServerProcess, admin: AdminClient
) -> None:
    frames = 60
    async with stream_of(quiet_server) as one, stream_of(quiet_server) as other:
        for stream in (one, other):
            await stream.subscribe("ticker", symbol="BTC/USDT")
        told = await first_hearers(
            [one.connection, other.connection],
            lambda number: admin.set_price(str(50_000 + number % 2 * 10)),
            frames,
        )
    # What is shown on subscribing is told to each alone.
    assert min(told[0], told[1]) > frames // 10, told


async def test_an_answer_does_not_wait_as_events_do() -> None:
    peer = Peer()
    async with served(peer) as (socket, _):
        for number in range(50):
            socket.push(f"event {number}")
            socket.send(f"answer {number}")
            # The task that sends wakes up in the next turn.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert peer.frames[-1] == f"answer {number}"


@pytest.mark.parametrize("size", [1, 100_000])
async def test_a_reader_that_does_not_read_is_dropped_with_1008(size: int) -> None:
    peer = Peer()
    async with served(peer) as (socket, serving):
        peer.is_reading.clear()
        sent = 0
        while not socket.is_closing:
            socket.send("x" * size)
            sent += 1
        assert sent <= sockets.OUTBOX_FRAMES_MAX + 1
        assert sent * size <= sockets.OUTBOX_BYTES_MAX + size
        assert not serving.done()
        peer.is_reading.set()
        await serving
    assert peer.sent[-1]["type"] == "websocket.close"
    assert peer.sent[-1]["code"] == CloseCode.POLICY_VIOLATION
    assert len(peer.frames) <= 1


async def test_a_reader_that_reads_no_more_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CLOSE_WAIT_S", 0.01)
    peer = Peer()
    async with served(peer) as (socket, serving):
        peer.is_reading.clear()
        socket.close(CloseCode.POLICY_VIOLATION, "too slow")
        await serving


async def test_too_many_messages_a_second_close_the_socket(quiet_server: ServerProcess) -> None:
    async with stream_of(quiet_server) as stream:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(MESSAGES_PER_SECOND_MAX + 1):
                await stream.send(op="ping")
        code, reason = await stream.closed()
    assert code == CloseCode.POLICY_VIOLATION
    assert reason and "messages" in reason


async def test_a_frame_that_is_too_large_closes_the_socket(stream: StreamClient) -> None:
    await stream.connection.send("x" * (EdgeLimits().websocket_message_bytes + 1))
    assert (await stream.closed())[0] == 1009


async def test_subscriptions_of_a_socket_are_limited(
    stream: StreamClient, trader: NativeClient
) -> None:
    symbols = [market["symbol"] for market in trader.get("/v1/markets").json()]
    requests = sockets.SUBSCRIPTIONS_MAX // len(symbols)
    assert requests < MESSAGES_PER_SECOND_MAX
    for limit in range(1, requests + 1):
        await stream.subscribe("depth", symbols=symbols, limit=limit)
    answer = await stream.ask(op="subscribe", channel="depth", symbols=symbols, limit=9_999)
    assert str(sockets.SUBSCRIPTIONS_MAX) in answer["error"]["message"]
    await stream.subscribe("depth", symbols=symbols, limit=1)


async def test_sockets_of_an_address_are_limited(quiet_server: ServerProcess) -> None:
    url = quiet_server.websocket_url + "/v1/ws"
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(serving.SOCKETS_PER_ADDRESS_MAX):
            await opened.enter_async_context(
                connect(url, proxy=None, close_timeout=1, additional_headers=FROM_AFAR)
            )
        async with connect(url, proxy=None, additional_headers=FROM_AFAR) as refused:
            with pytest.raises(ConnectionClosed) as closed:
                await refused.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.POLICY_VIOLATION
    async with asyncio.timeout(10):
        while not await answers(url, FROM_AFAR):
            pass


async def answers(url: str, headers: dict[str, str]) -> bool:
    """Whether a new socket is let in."""
    async with connect(url, proxy=None, additional_headers=headers) as connection:
        with contextlib.suppress(ConnectionClosed):
            await connection.send(json.dumps({"op": "ping"}))
            return bool(json.loads(await connection.recv()) == {"op": "pong"})
    return False


def test_places_are_given_back() -> None:
    refused: list[EdgeReason] = []
    places = Places(per_address=2, count=refused.append)
    ann, ben = Counted("192.0.2.1"), Counted("192.0.2.2")
    assert [places.take(ann), places.take(ann), places.take(ann)] == [True, True, False]
    assert refused == [EdgeReason.SOCKETS_PER_ADDRESS]
    assert places.take(ben)
    places.leave(ann)
    assert places.take(ann)


def test_an_audience_forgets_readers_and_topics_that_are_not_needed() -> None:
    audience: Audience[str, str] = Audience()
    audience.add("ann", "news")
    audience.add("ann", "news")
    audience.add("ben", "news")
    audience.add("ben", "sport")
    assert list(audience.readers_of("news")) == ["ann", "ben"]
    audience.remove("ann", "news")
    audience.remove("ann", "never heard of")
    for topic in audience.topics_of("ben"):
        audience.remove("ben", topic)
    assert not audience.heard and not audience.topics()
