"""Figures that reach back before memory, and bars of other time zones."""

import itertools
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.events import TradePrinted
from hypersim.service.clock import WallClock
from hypersim.service.zones import zoned_candles
from tests.support.builders import SYMBOL, instrument
from tests.support.memory_exchange import MemoryExchange, memory_exchange

ONE = Decimal(1)


class LongFeed(ManualFeed):
    """A source with history of every length; a bar's price is the number of its minute, its volume
    that of its minutes."""

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol
        bars = []
        open_ms = interval.first_open_ms(start_ms)
        while (next_ms := interval.next_open_ms(open_ms)) <= end_ms:
            first, last = open_ms // MINUTE_MS, next_ms // MINUTE_MS - 1
            volume = Decimal(last - first + 1)
            bars.append(
                Candle(
                    open_ms,
                    Decimal(first),
                    Decimal(last),
                    Decimal(first),
                    Decimal(last),
                    volume,
                    volume,
                    last - first + 1,
                )
            )
            open_ms = next_ms
        return bars


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    market = instrument(symbol=SYMBOL)
    async with memory_exchange(
        feed=LongFeed([market], WallClock()), instruments=[market]
    ) as running:
        now_ms = running.engine.clock.now_ms()
        minute = Decimal(now_ms // MINUTE_MS)
        await running.engine.move_market(TradePrinted(SYMBOL, now_ms, minute, ONE, False))
        await running.engine.settled()
        yield running


async def test_a_span_counts_every_minute_once(exchange: MemoryExchange) -> None:
    markets = exchange.services.markets
    for back_ms in (MINUTE_MS, 90 * MINUTE_MS, 3 * DAY_MS + 7 * MINUTE_MS):
        start_ms = Interval.M1.open_ms(markets.now_ms()) - back_ms
        bar = await markets.span(SYMBOL, start_ms)
        assert bar is not None
        minutes = bar.trade_count
        assert minutes in (back_ms // MINUTE_MS + 1, back_ms // MINUTE_MS + 2)
        assert bar.open_ms == start_ms
        assert bar.open == bar.low == start_ms // MINUTE_MS
        assert bar.close == bar.high


async def test_nothing_is_known_of_a_market_without_history() -> None:
    async with memory_exchange(instruments=[instrument()]) as running:
        assert await running.services.markets.span(SYMBOL, 0) is None


async def test_bars_open_where_local_time_is_on_the_boundary(exchange: MemoryExchange) -> None:
    intervals = (Interval.D1, Interval.W1, Interval.D3, Interval.H4)
    for hours, interval in itertools.product((8.0, -1.0, 5.75, -0.25), intervals):
        offset_ms = int(hours * HOUR_MS)
        bars = await zoned_candles(
            exchange.services.markets,
            SYMBOL,
            interval,
            offset_ms=offset_ms,
            since_ms=None,
            until_ms=None,
            limit=3,
        )
        assert len(bars) == 3
        for bar in bars:
            assert interval.open_ms(bar.open_ms + offset_ms) == bar.open_ms + offset_ms
            assert bar.open == bar.open_ms // MINUTE_MS
        for bar in bars[:-1]:
            assert bar.trade_count == interval.length_ms // MINUTE_MS, interval


async def test_local_bars_can_be_paged(exchange: MemoryExchange) -> None:
    markets, offset_ms = exchange.services.markets, 3 * HOUR_MS
    since_ms = markets.now_ms() - 20 * DAY_MS
    bars = await zoned_candles(
        markets,
        SYMBOL,
        Interval.D1,
        offset_ms=offset_ms,
        since_ms=since_ms,
        until_ms=since_ms + 5 * DAY_MS,
        limit=500,
    )
    assert len(bars) == 5
    assert since_ms <= bars[0].open_ms < since_ms + DAY_MS
    assert bars[-1].trade_count == 24 * 60
    first = await zoned_candles(
        markets,
        SYMBOL,
        Interval.D1,
        offset_ms=offset_ms,
        since_ms=since_ms,
        until_ms=None,
        limit=2,
    )
    assert first == bars[:2]
    late_ms = markets.now_ms() + DAY_MS
    assert not await zoned_candles(
        markets,
        SYMBOL,
        Interval.D1,
        offset_ms=offset_ms,
        since_ms=late_ms,
        until_ms=None,
        limit=2,
    )


async def test_seconds_go_on_while_nothing_trades(exchange: MemoryExchange) -> None:
    markets = exchange.services.markets
    known = exchange.engine.view.markets[SYMBOL].trades[-1]
    bars = await markets.candles(
        SYMBOL, Interval.S1, since_ms=known.time_ms - 999, until_ms=None, limit=10
    )
    assert bars[0].close == known.price
    assert bars[0].trade_count == 1
    quiet = flat_candle(bars[0].open_ms + 1_000, known.price)
    assert bars[1:] in ([], [quiet])
