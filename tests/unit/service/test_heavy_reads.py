"""Large reads take turns and are made in slices, so that orders beside them are answered."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Operation, Venue, perform
from hypersim.edge.client import SHARED_WIDTH
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, joined
from hypersim.service.clock import WallClock
from hypersim.service.demo import seed_demo
from hypersim.service.heavy_reads import (
    LIGHT_ROWS_MAX,
    SLICE_ROWS,
    WAITING_MAX,
    WAITING_PER_CLIENT_MAX,
    HeavyReads,
    TooManyHeavyReads,
    in_slices,
)
from hypersim.service.manual_price import ManualPrice
from hypersim.service.markets import SLICE_BARS
from tests.support.binance_calls import call_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY

MANY = 10_000
LISTED = [entry.instrument for entry in load_instruments()]


class LongFeed(ManualFeed):
    """Every bar costs 100, since ever; who asks for how many is kept."""

    def __init__(self) -> None:
        super().__init__(LISTED, WallClock())
        self.asked: list[int] = []

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol
        opens = range(interval.first_open_ms(start_ms), end_ms, interval.length_ms)
        self.asked.append(len(opens))
        price = Decimal(100)
        return [Candle(open_ms, price, price, price, price, Decimal(1)) for open_ms in opens]


@pytest.fixture
def feed() -> LongFeed:
    return LongFeed()


@pytest.fixture
async def exchange(feed: LongFeed) -> AsyncIterator[MemoryExchange]:
    async with memory_exchange(feed=feed) as running:
        await seed_demo(running.engine)
        await running.prices.set(ManualPrice("BTC/USDT", Decimal(50_000)))
        feed.asked.clear()
        yield running


def by_name(name: str) -> Operation:
    return next(one for one in OPERATIONS if name in one.methods)


class Queue:
    """Reads that wait until they are let go; `served` are their clients, in the order of turns."""

    def __init__(self) -> None:
        self.heavy = HeavyReads()
        self.served: list[str] = []
        self.refused: list[str] = []
        self.let_go = asyncio.Event()

    async def read(self, client: str, rows: int = MANY, width: int = 1) -> None:
        try:
            async with self.heavy.turn(rows, client, width):
                self.served.append(client)
                await self.let_go.wait()
        except TooManyHeavyReads:
            self.refused.append(client)

    async def ask(self, *clients: str, width: int = 1) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self.read(client, width=width)) for client in clients]
        await settle()
        return tasks

    async def drain(self) -> list[str]:
        """Everybody's turn, one after the other."""
        self.let_go.set()
        await settle()
        assert self.heavy.waiting == 0
        return self.served


@pytest.fixture
def queue() -> Queue:
    return Queue()


async def settle() -> None:
    for _ in range(500):
        await asyncio.sleep(0)


async def test_light_reads_do_not_wait_and_heavy_ones_come_one_at_a_time(queue: Queue) -> None:
    await queue.ask("first", "second")
    assert queue.served == ["first"]
    light = asyncio.create_task(queue.read("light", LIGHT_ROWS_MAX))
    await settle()
    assert queue.served == ["first", "light"]
    assert await queue.drain() == ["first", "light", "second"]
    await light


async def test_clients_take_turns_whoever_asks_for_more(queue: Queue) -> None:
    await queue.ask(*["greedy"] * 6, "one", "two", "two")
    order = await queue.drain()
    # The first had the turn before anybody else asked.
    assert order == ["greedy", "greedy", "one", "two", "greedy", "two", *["greedy"] * 3]


async def test_a_thousand_reads_of_one_client_keep_no_other_from_its_single_one(
    queue: Queue,
) -> None:
    await queue.ask(*["greedy"] * 1_000)
    assert queue.heavy.waiting == WAITING_PER_CLIENT_MAX
    assert len(queue.refused) == 1_000 - 1 - WAITING_PER_CLIENT_MAX
    await queue.ask("modest")
    order = await queue.drain()
    assert order.index("modest") == 2
    assert "modest" not in queue.refused


async def test_who_holds_most_of_a_full_queue_gives_a_place_up(queue: Queue) -> None:
    # An address that many share has as many places as there are.
    await queue.ask(*["shared"] * (1 + WAITING_MAX), width=SHARED_WIDTH)
    assert queue.heavy.waiting == WAITING_MAX
    await queue.ask("modest")
    assert queue.refused == ["shared"]
    await queue.ask("shared", width=SHARED_WIDTH)
    assert queue.refused == ["shared", "shared"]
    assert (await queue.drain()).index("modest") == 2
    assert queue.heavy.refused == 2


async def test_the_queue_ends(queue: Queue) -> None:
    await queue.ask(*map(str, range(1 + WAITING_MAX)))
    await queue.ask("late")
    assert (queue.refused, queue.heavy.waiting) == (["late"], WAITING_MAX)
    assert len(await queue.drain()) == 1 + WAITING_MAX


async def test_who_hangs_up_leaves_the_queue(queue: Queue) -> None:
    reads = await queue.ask("a", "b", "b", "c")
    reads[1].cancel()
    await settle()
    assert queue.heavy.waiting == 2
    # Also at the moment when its turn comes.
    reads[0].cancel()
    await asyncio.sleep(0)
    reads[2].cancel()
    await settle()
    assert queue.served == ["a", "c"]
    assert await queue.drain() == ["a", "c"]
    await queue.ask("d")
    assert queue.served[-1] == "d"


async def test_others_run_between_slices() -> None:
    counted = 0

    async def count() -> None:
        nonlocal counted
        while True:
            counted += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    rows = await in_slices(str, range(10 * SLICE_ROWS))
    counting.cancel()
    assert rows == [str(number) for number in range(10 * SLICE_ROWS)]
    assert counted >= 10


async def test_a_long_page_is_read_in_slices_and_whole(
    exchange: MemoryExchange, feed: LongFeed
) -> None:
    markets = exchange.services.markets
    since_ms = markets.now_ms() - 60 * DAY_MS
    bars = await markets.candles(
        "BTC/USDT", Interval.M1, since_ms=since_ms, until_ms=None, limit=MANY
    )
    first_ms = Interval.M1.first_open_ms(since_ms)
    assert [bar.open_ms for bar in bars] == [first_ms + n * MINUTE_MS for n in range(MANY)]
    assert len(feed.asked) >= MANY // SLICE_BARS
    assert max(feed.asked) <= SLICE_BARS


async def test_months_of_another_time_zone_are_put_together_from_slices(
    exchange: MemoryExchange, feed: LongFeed
) -> None:
    params = {"symbol": "BTCUSDT", "interval": "1M", "timeZone": "5:45", "limit": "5"}
    params["startTime"] = str(exchange.services.markets.now_ms() - 365 * DAY_MS)
    rows: Any = await ask(exchange, "klines", params)
    assert len(rows) == 5
    offset_ms = 5 * HOUR_MS + 45 * MINUTE_MS
    for row in rows:
        open_ms, close_ms = row[0] + offset_ms, row[6] + 1 + offset_ms
        assert Interval.MONTH.open_ms(open_ms) == open_ms
        assert Interval.MONTH.next_open_ms(open_ms) == close_ms
        # A quarter of an hour has a volume of one.
        assert Decimal(row[5]) == (close_ms - open_ms) // (15 * MINUTE_MS)
    assert max(feed.asked) <= SLICE_BARS


async def test_orders_are_answered_beside_heavy_reads(
    exchange: MemoryExchange, feed: LongFeed
) -> None:
    params = {"symbol": "BTCUSDT", "interval": "1M", "timeZone": "5:45", "limit": "500"}
    params["startTime"] = str(exchange.services.markets.now_ms() - 900 * DAY_MS)
    reads = [asyncio.create_task(ask(exchange, "klines", params)) for _ in range(16)]
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    beside = []
    for _ in range(20):
        before = len(feed.asked)
        await ask(exchange, "order.place", {**order, "quantity": "0.001", "price": "40000"})
        beside.append(sum(feed.asked[before:]))
    # An order waits for a few slices, not for a read of 50,000 rows, nor for sixteen.
    assert 0 < max(beside) <= 10_000, beside
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)


async def test_who_finds_the_queue_full_is_told_to_come_back(exchange: MemoryExchange) -> None:
    queue = Queue()
    queue.heavy = exchange.services.markets.heavy
    await queue.ask(*map(str, range(1 + WAITING_MAX)))
    params = {"symbol": "BTCUSDT", "interval": "1M", "timeZone": "5:45"}
    with pytest.raises(BinanceError) as caught:
        await ask(exchange, "klines", params)
    assert (caught.value.code, caught.value.status) == (-1003, 429)
    assert caught.value.retry_at_ms is not None
    # What is light is answered all the same.
    assert await ask(exchange, "klines", {"symbol": "BTCUSDT", "interval": "1m"})
    await queue.drain()


async def ask(exchange: MemoryExchange, method: str, params: dict[str, str]) -> object:
    """The answer to the demo user."""
    key = exchange.engine.view.keys[DEMO_KEY]
    call = call_of(Venue(exchange.services), Params(params), key)
    return await perform(by_name(method), call)


def test_a_bar_that_was_cut_is_joined() -> None:
    def bar(open_ms: int, close: int) -> Candle:
        price = Decimal(close)
        return Candle(open_ms, price, price, price, price, Decimal(1), trade_count=1)

    bars = joined([bar(0, 1), bar(60, 2)], [bar(60, 3), bar(120, 4)])
    assert [(one.open_ms, int(one.open), int(one.close)) for one in bars] == [
        (0, 1, 1),
        (60, 2, 3),
        (120, 4, 4),
    ]
    assert joined([], [bar(0, 1)]) == [bar(0, 1)]
