"""Large reads take turns and are made in slices, so that orders beside them are answered."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.dialects.binance.errors import BinanceError
from hypersim.dialects.binance.operations import Call, Operation, Venue, perform
from hypersim.dialects.binance.params import Params
from hypersim.dialects.binance.table import OPERATIONS
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, joined
from hypersim.service.clock import WallClock
from hypersim.service.demo import seed_demo
from hypersim.service.heavy_reads import (
    LIGHT_ROWS_MAX,
    SLICE_ROWS,
    WAITING_MAX,
    HeavyReads,
    TooManyHeavyReads,
    in_slices,
)
from hypersim.service.manual_price import ManualPrice
from hypersim.service.markets import SLICE_BARS
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


async def test_light_reads_do_not_wait_and_heavy_ones_come_one_at_a_time() -> None:
    heavy = HeavyReads()
    order: list[str] = []

    async def read(name: str, rows: int) -> None:
        async with heavy.turn(rows):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read("first", LIGHT_ROWS_MAX + 1))
        tasks.create_task(read("second", LIGHT_ROWS_MAX + 1))
        tasks.create_task(read("light", LIGHT_ROWS_MAX))
    assert order.index("light begins") < order.index("first ends")
    assert order.index("first ends") < order.index("second begins")


async def test_the_queue_ends() -> None:
    heavy = HeavyReads()
    async with heavy.turn(MANY):
        waiting = [asyncio.create_task(_wait(heavy)) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyHeavyReads):
            async with heavy.turn(MANY):
                pass
        # Who hangs up leaves the queue.
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert (heavy.waiting, heavy.refused) == (WAITING_MAX - 1, 1)
    await asyncio.gather(*waiting[1:])
    assert heavy.waiting == 0


async def _wait(heavy: HeavyReads) -> None:
    async with heavy.turn(MANY):
        pass


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
    exchange.services.markets.heavy.waiting = WAITING_MAX
    params = {"symbol": "BTCUSDT", "interval": "1M", "timeZone": "5:45"}
    with pytest.raises(BinanceError) as caught:
        await ask(exchange, "klines", params)
    assert (caught.value.code, caught.value.status) == (-1003, 429)
    assert caught.value.retry_at_ms is not None
    # What is light is answered all the same.
    assert await ask(exchange, "klines", {"symbol": "BTCUSDT", "interval": "1m"})


async def ask(exchange: MemoryExchange, method: str, params: dict[str, str]) -> object:
    """The answer to the demo user."""
    key = exchange.engine.view.keys[DEMO_KEY]
    call = Call(Venue(exchange.services), Params(params), key=key)
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
