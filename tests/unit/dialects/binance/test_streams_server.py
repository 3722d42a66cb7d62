"""The stream server in one process: slow readers, symbols that come later, nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.api.sockets import socket as sockets
from hypersim.api.sockets.budget import MESSAGES_PER_SECOND_MAX
from hypersim.api.streams.followers import follow
from hypersim.dialects.binance.streams.server import StreamServer
from hypersim.dialects.binance.venue import Venue
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import CloseCode
from hypersim.feeds.listing import load_instruments
from hypersim.market.events import DepthUpdated, TradePrinted
from hypersim.trading.commands import ListInstrument
from tests.support.asgi_peer import Peer, scope_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange

DEADLINE_S = 10
PRICE = Decimal(50_000)


class Streams:
    """A running server, and connections to it."""

    def __init__(self, exchange: MemoryExchange) -> None:
        self.exchange = exchange
        self.server = StreamServer(Venue(exchange.services))

    def connect(self, path: str) -> tuple[Peer, asyncio.Task[None]]:
        peer = Peer()
        serving = self.server.serve(scope_of(path), peer.receive, peer.send)
        return peer, asyncio.create_task(serving)

    async def trade(self, count: int) -> None:
        """So many public trades, durable and on their way."""
        engine = self.exchange.engine
        now_ms = engine.clock.now_ms()
        for _ in range(count):
            event = TradePrinted("BTC/USDT", now_ms, PRICE, Decimal("0.01"), buyer_is_maker=False)
            await engine.move_market(event)
        await engine.settled()


@pytest.fixture
async def streams() -> AsyncIterator[Streams]:
    """On an exchange in memory."""
    async with memory_exchange() as exchange:
        made = Streams(exchange)
        publisher = made.server.publisher
        works = (follow(exchange.engine, publisher), publisher.run())
        running = [asyncio.create_task(work) for work in works]
        yield made
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def test_a_reader_that_stalls_is_dropped_and_the_others_miss_nothing(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "CLOSE_WAIT_S", 0.01)
    monkeypatch.setattr(sockets, "OUTBOX_FRAMES_MAX", 2_000)
    reader, reading = streams.connect("/ws/btcusdt@trade")
    stalled, stalling = streams.connect("/ws/btcusdt@trade")
    for peer in (reader, stalled):
        assert await peer.list() == ["btcusdt@trade"]
    stalled.is_reading.clear()
    told: list[int] = []
    for _ in range(6):
        await streams.trade(500)
        told += [(await reader.next())["t"] for _ in range(500)]
    assert told == list(range(told[0], told[0] + 3_000))
    await stalling
    assert streams.exchange.services.edge.counts == {EdgeReason.OUTBOX: 1}
    assert len(streams.server.publisher.audience.readers_of("btcusdt@trade")) == 1
    reader.hang_up()
    await reading


async def test_who_says_too_much_is_dropped_and_counted(streams: Streams) -> None:
    peer, serving = streams.connect("/ws")
    for _ in range(MESSAGES_PER_SECOND_MAX + 1):
        peer.say("SUBSCRIBE", "btcusdt@trade")
    await serving
    assert streams.exchange.services.edge.counts == {EdgeReason.MESSAGES: 1}


async def test_a_stream_is_worked_on_only_while_somebody_listens(streams: Streams) -> None:
    publisher = streams.server.publisher
    peers = [streams.connect("/ws") for _ in range(2)]
    for peer, _ in peers:
        peer.say("SUBSCRIBE", "btcusdt@trade", "btcusdt@depth", "!ticker@arr", "no@trade")
        assert await peer.next() == {"result": None, "id": 1}
    assert publisher.open_topics == {"btcusdt@trade", "btcusdt@depth", "!ticker@arr"}
    peers[0][0].say("UNSUBSCRIBE", "btcusdt@depth")
    await peers[0][0].next()
    assert len(publisher.open_topics) == 3
    for peer, serving in peers:
        peer.hang_up()
        await serving
    assert publisher.open_topics == set()
    assert not publisher.audience.heard


async def test_a_symbol_that_is_listed_later_is_heard_from_then_on(streams: Streams) -> None:
    peer, serving = streams.connect("/stream/ws")
    peer.say("SUBSCRIBE", "newusdt@bookTicker", "!miniTicker@arr")
    await peer.next()
    known = load_instruments()[0].instrument
    listed = replace(known, symbol="NEW/USDT", base="NEW", quote="USDT")
    await streams.exchange.done(ListInstrument(listed))
    engine = streams.exchange.engine
    one = Decimal(1)
    book = DepthUpdated("NEW/USDT", engine.clock.now_ms(), ((PRICE, one),), ((PRICE + 1, one),))
    await engine.move_market(book)
    event = await peer.next()
    assert (event["s"], event["b"], event["a"]) == ("NEWUSDT", "50000.00000000", "50001.00000000")
    (ticker,) = await peer.next()
    assert (ticker["s"], ticker["c"]) == ("NEWUSDT", "50000.50000000")
    peer.hang_up()
    await serving


async def test_who_misses_trades_is_told_to_connect_again(streams: Streams) -> None:
    peer, serving = streams.connect("/ws/btcusdt@trade")
    await peer.list()
    data = streams.exchange.engine.view.markets["BTC/USDT"]
    for _ in range(1_001):
        data.add_trade(1, PRICE, Decimal(1), buyer_is_maker=False)
    await streams.trade(1)
    await serving
    assert peer.close_code == CloseCode.TRY_AGAIN_LATER
