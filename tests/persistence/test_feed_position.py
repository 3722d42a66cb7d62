"""Whenever the exchange is killed, it goes on with its feed where its last durable row left it:
what happens then is what would have happened anyway, told neither twice nor not at all, and the
minute that runs looks as it would."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import MINUTE_MS, Candle
from hypersim.market.events import MarketEvent
from hypersim.service import committer
from hypersim.service.engine import Engine
from hypersim.service.feed import Feed, FeedPosition
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.pump import MarketPump
from hypersim.service.record import Entry, RecordHealth
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.storage.journal.encoding import PREFIX, Payload, decode, to_bytes
from hypersim.storage.journal.events import JournalTransaction, written
from hypersim.storage.journal.replay import replay
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import Command, ListInstrument, PlaceOrder
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Side, Trigger
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, buy
from tests.support.memory_record import VAULT, MemoryRecord
from tests.support.recordings import T0, kline, saved, trade
from tests.support.timed_feeds import NOON_MS, packaged_instruments

SYMBOLS = ("BTC/USDT", "ETH/USDT")
MINUTES = 4

Started = Callable[[SimulatedClock, FeedPosition], Feed]


class Journal:
    """A `Recorder`: what is durable."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.minutes: list[Candle | None] = []
        """How each market's last minute looked to the public in the end."""

    async def commit(self, entry: Entry) -> None:
        # As with a database, others run before the answer is there.
        await asyncio.sleep(0)
        payload = Payload(entry.counters, written(entry.transactions, VAULT))
        self.rows.append(PREFIX + to_bytes(payload))

    def transactions(self) -> list[JournalTransaction]:
        return [one for row in self.rows for one in decode(row).transactions]


class Ending(GuardedFeed):
    """A feed that is over at a time."""

    def __init__(self, feed: Feed, end_ms: int) -> None:
        super().__init__(feed)
        self._end_ms = end_ms

    async def events(self) -> AsyncIterator[MarketEvent]:
        async for event in super().events():
            if event.time_ms >= self._end_ms:
                return
            yield event


class Kind(NamedTuple):
    """A feed that begins at `start_ms`, and how far from each other orders wait around a market's
    price, as a share of it."""

    start_ms: int
    started: Started
    apart: Decimal


def replayed(path: Path) -> Kind:
    def started(clock: SimulatedClock, position: FeedPosition) -> Feed:
        options = FeedOptions(
            clock, lambda _: None, instruments=packaged_instruments(), position=position
        )
        return ReplayFeed(options, parse_source(str(path)))

    return Kind(T0, started, Decimal("0.01"))


def candles(path: Path) -> Kind:
    """Of two markets, whose prices come at the same moments."""
    for number, symbol in enumerate(("BTCUSDT", "ETHUSDT")):
        rows = [
            kline(minute, f"{100 + minute} {103 + minute} {97 - number} {101 + minute} 40")
            for minute in range(MINUTES)
        ]
        saved(path / f"{symbol}-1m.csv", *rows)
    return replayed(path)


def trades(path: Path) -> Kind:
    """Three at a time."""
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rows = [trade(7 + n, T0 + n // 3 * 400, str(97 + n * 7 % 9)) for n in range(120)]
        saved(path / f"{symbol}-trades.csv", *rows)
    return replayed(path)


def synthetic(path: Path) -> Kind:
    del path
    instruments = [one for one in packaged_instruments() if one.symbol in SYMBOLS]

    def started(clock: SimulatedClock, position: FeedPosition) -> Feed:
        return SyntheticFeed(
            FeedOptions(clock, print, instruments=tuple(instruments), position=position)
        )

    return Kind(NOON_MS, started, Decimal("0.0002"))


async def opening(feed: Feed, kind: Kind) -> AsyncIterator[Command]:
    """Orders and stops on the way of the prices, some larger than what is on offer there."""
    for one in await feed.open():
        if one.symbol in SYMBOLS:
            yield ListInstrument(one)
    yield OpenAccount("alice@example.com")
    for asset in ("USDT", "BTC", "ETH"):
        yield Deposit(ALICE, asset, Decimal(10_000_000))
    for symbol in SYMBOLS:
        last = await feed.trades(symbol, from_id=None, start_ms=None, end_ms=kind.start_ms, limit=1)
        middle = last[0].price if last else Decimal(100)
        for step in (-4, -3, -2, -1, 1, 2, 3, 4):
            price = (middle * (1 + step * kind.apart)).quantize(Decimal("0.1"))
            side = Side.BUY if step < 0 else Side.SELL
            yield limit(symbol, side, price)
            yield stop(symbol, side.opposite, price)


def limit(symbol: str, side: Side, price: Decimal) -> PlaceOrder:
    return replace(buy(ALICE, "15", str(price)), symbol=symbol, side=side)


def stop(symbol: str, side: Side, price: Decimal) -> PlaceOrder:
    waiting = buy(ALICE, "0.1", trigger=Trigger.STOP_LOSS, trigger_price=price)
    return replace(waiting, symbol=symbol, side=side)


async def lived(kind: Kind, rules: Rules, rows: Sequence[bytes] = ()) -> Journal:
    """What is durable when the feed is over, of an exchange that was started with these rows."""
    journal, archive = Journal(), MemoryRecord()
    exchange, view = Exchange(rules), View(shows_users_orders=False)
    for row in rows:
        replay(decode(row), exchange, view, VAULT)
    exchange.forget_market()
    counters = exchange.state.counters
    clock = SimulatedClock(max(kind.start_ms, counters.time_ms), 0)
    engine = Engine(exchange, view, clock=clock, recorder=journal, health=RecordHealth())
    started = kind.started(clock, FeedPosition(counters.feed_ms, counters.feed_told))
    feed = Ending(started, kind.start_ms + MINUTES * MINUTE_MS)
    running = asyncio.create_task(engine.run())
    if rows:
        await feed.open()
    else:
        async for command in opening(feed, kind):
            await engine.submit(command, Source.ADMIN)
    pump = MarketPump(engine, feed, archive)
    await pump.resume()
    await pump.run()
    await engine.settled()
    running.cancel()
    await asyncio.wait([running])
    await feed.close()
    journal.minutes = [data.running_minute for data in view.markets.values()]
    return journal


# Orders that are gone have eaten of a deep book, and nobody knows that any more.
@pytest.mark.parametrize(
    ("made", "model"),
    [
        (candles, "touch"),
        (candles, "depth"),
        (trades, "touch"),
        (trades, "depth"),
        (synthetic, "touch"),
    ],
)
async def test_a_kill_at_any_row_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Kind], model: str
) -> None:
    # Rows end in the midst of a moment too.
    monkeypatch.setattr(committer, "BATCH_EVENTS_MAX", 1)
    rules = Rules(fills.load(model), fees.load("received"))
    kind = made(tmp_path)
    whole = await lived(kind, rules)
    happened = whole.transactions()
    first = next(n for n, one in enumerate(happened) if one.cause is Source.FEED)
    assert len(happened) - first > 5
    for kept in range(first + 1, len(whole.rows), 1 + len(whole.rows) // 40):
        again = await lived(kind, rules, whole.rows[:kept])
        assert again.transactions() == happened[kept:], kept
        assert again.minutes == whole.minutes
