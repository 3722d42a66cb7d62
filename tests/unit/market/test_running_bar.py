"""A watched candle is what the minutes add up to, however it came to be watched."""

from decimal import Decimal

import pytest

from hypersim.market.candle import MINUTE_MS, Candle, Interval, aggregate
from hypersim.market.data import MarketData
from hypersim.market.events import TradePrinted
from hypersim.market.running_bar import RunningBar, Zoned

MIDNIGHT_MS = 1_699_920_000_000
WEEK_START_MS = 1_699_833_600_000
FIVE_MINUTES_MS = 5 * MINUTE_MS


def trade(data: MarketData, time_ms: int, price: str) -> None:
    data.apply(TradePrinted("BTC/USDT", time_ms, Decimal(price), Decimal(1), False))


def bar_of(data: MarketData, interval: Interval) -> RunningBar:
    """The current bar, from memory alone."""
    zoned = Zoned(interval)
    return RunningBar(data, zoned, None, zoned.open_ms(data.time_ms))


@pytest.mark.parametrize("interval", [Interval.M1, Interval.M5, Interval.H1, Interval.D1])
def test_bars_are_the_minutes_added_up(interval: Interval) -> None:
    data = MarketData("BTC/USDT")
    trade(data, MIDNIGHT_MS, "100")
    bar = bar_of(data, interval)
    shown: dict[int, Candle] = {}
    now_ms = MIDNIGHT_MS
    for step in range(400):
        now_ms = MIDNIGHT_MS + step * 17_000
        trade(data, now_ms, str(100 + step * 7 % 13))
        if step % 3 == 0:
            shown |= {candle.open_ms: candle for candle in bar.changed(now_ms)}
    shown |= {candle.open_ms: candle for candle in bar.changed(now_ms)}
    minutes = data.candles(Interval.M1, 0)
    assert list(shown.values()) == aggregate(minutes, interval)


def test_a_bar_that_just_ended_is_shown_as_it_ended_before_the_next() -> None:
    data = MarketData("BTC/USDT")
    trade(data, MIDNIGHT_MS, "100")
    bar = bar_of(data, Interval.M5)
    trade(data, MIDNIGHT_MS + FIVE_MINUTES_MS - 1, "120")
    trade(data, MIDNIGHT_MS + FIVE_MINUTES_MS, "90")
    ended, current = bar.changed(MIDNIGHT_MS + FIVE_MINUTES_MS)
    assert [ended.open_ms, current.open_ms] == [MIDNIGHT_MS, MIDNIGHT_MS + FIVE_MINUTES_MS]
    assert [ended.close, ended.volume, current.open, current.volume] == [120, 2, 90, 1]
    assert bar.changed(MIDNIGHT_MS + FIVE_MINUTES_MS) == [current]


def test_what_memory_does_not_hold_is_taken_from_the_known_bar() -> None:
    data = MarketData("BTC/USDT")
    trade(data, MIDNIGHT_MS, "100")
    open_, high, low, close, volume = map(Decimal, (80, 130, 70, 99, 50))
    known = Candle(WEEK_START_MS, open_, high, low, close, volume)
    bar = RunningBar(data, Zoned(Interval.W1), known, MIDNIGHT_MS)
    trade(data, MIDNIGHT_MS + MINUTE_MS, "140")
    [current] = bar.changed(MIDNIGHT_MS)
    assert current.open_ms == WEEK_START_MS
    assert [current.open, current.low, current.close, current.volume] == [80, 70, 140, 52]


def test_a_market_without_any_price_has_no_bar() -> None:
    assert bar_of(MarketData("BTC/USDT"), Interval.H1).changed(0) == []
