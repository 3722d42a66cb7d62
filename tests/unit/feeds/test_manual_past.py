"""The past of a market whose prices are set by hand: it leads up to the first of them."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import pairwise

import pytest

from hypersim.market.candle import MINUTE_MS, Candle, Interval, aggregate, merged
from hypersim.service.manual_price import ManualPrice
from hypersim.service.past_trades import Wanted
from hypersim.service.record import RecordHealth
from tests.support.memory_exchange import MemoryExchange, Store, memory_exchange
from tests.support.memory_record import MemoryRecord

SYMBOL = "BTC/USDT"
PRICE = Decimal("50000.01")


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    async with memory_exchange(with_past=True) as running:
        await running.prices.set(ManualPrice(SYMBOL, PRICE))
        yield running


async def bars(
    exchange: MemoryExchange, interval: Interval, limit: int = 500, until_ms: int | None = None
) -> list[Candle]:
    return await exchange.services.markets.candles(
        SYMBOL, interval, since_ms=None, until_ms=until_ms, limit=limit
    )


def first_minute_ms(exchange: MemoryExchange) -> int:
    return min(open_ms for symbol, open_ms in exchange.record.minutes if symbol == SYMBOL)


async def test_before_a_price_is_set_nothing_is_known() -> None:
    async with memory_exchange(with_past=True) as running:
        assert await bars(running, Interval.H1) == []
        assert await running.services.feed.beginning_ms(SYMBOL) is None


@pytest.mark.parametrize("interval", list(Interval))
async def test_every_interval_has_a_past_without_gaps(
    exchange: MemoryExchange, interval: Interval
) -> None:
    wanted = 500 if interval.length_ms <= Interval.H12.length_ms else 50
    found = await bars(exchange, interval, wanted)
    assert len(found) == wanted
    for before, after in pairwise(found):
        assert interval.next_open_ms(before.open_ms) == after.open_ms
    assert found[-1].close == PRICE


async def test_the_last_trade_of_the_past_is_at_the_first_price(exchange: MemoryExchange) -> None:
    first_ms = first_minute_ms(exchange)
    last = (await bars(exchange, Interval.M1, 1, first_ms - MINUTE_MS))[0]
    assert (last.open_ms, last.close) == (first_ms - MINUTE_MS, PRICE)
    assert last.low < last.high
    tick = exchange.engine.view.instruments[SYMBOL].tick_size
    assert all(price % tick == 0 for price in (last.open, last.high, last.low))


async def test_longer_bars_are_what_their_minutes_add_up_to(exchange: MemoryExchange) -> None:
    now_ms = exchange.services.markets.now_ms()
    minutes = await bars(exchange, Interval.M1, 3_000, now_ms)
    for interval in (Interval.M5, Interval.H1, Interval.D1):
        parts = aggregate(minutes, interval)[1:]
        assert await bars(exchange, interval, len(parts), now_ms) == parts


async def test_the_ticker_has_the_past_in_it_at_once(exchange: MemoryExchange) -> None:
    data = exchange.engine.view.markets[SYMBOL]
    ticker = data.ticker()
    assert data.running_minute is not None
    day = merged(await bars(exchange, Interval.M1, 1_440, data.running_minute.open_ms))
    assert (ticker.open, ticker.high, ticker.low) == (day.open, day.high, day.low)
    assert (ticker.base_volume, ticker.trade_count) == (day.volume, day.trade_count)
    assert ticker.trade_count > 10_000
    assert ticker.first_trade_id == data.last_trade_id - ticker.trade_count + 1


async def test_past_trades_lead_up_to_the_first_one_set_and_add_up(
    exchange: MemoryExchange,
) -> None:
    markets = exchange.services.markets
    await exchange.prices.set(ManualPrice(SYMBOL, PRICE + 1))
    trades = await markets.trades(SYMBOL, Wanted(limit=1_000))
    last_id = exchange.engine.view.markets[SYMBOL].last_trade_id
    assert [trade.id for trade in trades] == list(range(last_id - 999, last_id + 1))
    assert [trade.price for trade in trades[-3:]] == [PRICE, PRICE, PRICE + 1]
    times = [trade.time_ms for trade in trades]
    assert times == sorted(times)
    minute_ms = first_minute_ms(exchange) - 3 * MINUTE_MS
    (bar,) = await bars(exchange, Interval.M1, 1, minute_ms)
    inside = await markets.trades(
        SYMBOL, Wanted(start_ms=minute_ms, end_ms=minute_ms + MINUTE_MS, limit=1_000)
    )
    assert sum(trade.quantity for trade in inside) == bar.volume
    assert sum(trade.quantity * trade.price for trade in inside) == bar.quote_volume
    assert (inside[0].id, len(inside)) == (bar.first_trade_id, bar.trade_count)


async def test_the_past_is_the_same_after_a_restart() -> None:
    record = MemoryRecord()
    store = Store(record, record, RecordHealth())
    pasts, pages = [], []
    for price in (PRICE, PRICE * 2):
        async with memory_exchange(with_past=True, store=store) as running:
            await running.prices.set(ManualPrice(SYMBOL, price))
            first_ms = min(open_ms for _, open_ms in record.minutes)
            pasts.append(await bars(running, Interval.M15, 300, first_ms - 15 * MINUTE_MS))
            wanted = Wanted(end_ms=first_ms, limit=50)
            pages.append(await running.services.markets.trades(SYMBOL, wanted))
    assert len(pasts[0]) == 300
    assert pasts[0] == pasts[1]
    assert pages[0] == pages[1]


async def test_a_record_that_begins_with_the_first_trade_has_bars_and_no_trades_before() -> None:
    record = MemoryRecord()
    store = Store(record, record, RecordHealth())
    async with memory_exchange(store=store) as running:
        await running.prices.set(ManualPrice(SYMBOL, PRICE))
    assert [one.id for one in record.printed.values()] == [1]
    first_ms = min(open_ms for _, open_ms in record.minutes)
    async with memory_exchange(with_past=True, store=store) as running:
        last = (await bars(running, Interval.M1, 500, first_ms - MINUTE_MS))[-1]
        assert (last.close, last.first_trade_id) == (PRICE, None)
        trades = await running.services.markets.trades(SYMBOL, Wanted(limit=10))
        assert [trade.id for trade in trades] == [1]


@pytest.mark.parametrize("price", ["0.01", "0.05", "999999.99"])
async def test_any_price_has_a_past(price: str) -> None:
    async with memory_exchange(with_past=True) as running:
        await running.prices.set(ManualPrice(SYMBOL, Decimal(price)))
        found = await bars(running, Interval.D1, 300)
        assert len(found) == 300
        assert all(0 < bar.low <= bar.high and bar.volume >= 0 for bar in found)
