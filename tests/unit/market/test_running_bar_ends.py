"""Candles that are being watched agree with those of the market, however they are looked at."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.candle import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Candle,
    Interval,
    aggregate,
    flat_candle,
)
from hypersim.market.data import MarketData
from hypersim.market.events import CandleClosed, TradePrinted
from hypersim.market.minutes import MINUTES_MAX
from hypersim.market.running_bar import RunningBar, Zoned

ZONE_MS = 8 * HOUR_MS
START_MS = 1_700_006_400_000
"""A full day in UTC."""


def market_at(time_ms: int) -> MarketData:
    """A market in which one trade happened."""
    data = MarketData("BTC/USDT")
    trade(data, time_ms, 100)
    return data


def trade(data: MarketData, time_ms: int, price: int) -> None:
    """A trade of one, in the feed's market."""
    data.apply(TradePrinted("BTC/USDT", time_ms, Decimal(price), Decimal(1), buyer_is_maker=False))


def bar_of(data: MarketData, interval: Interval, offset_ms: int = 0) -> RunningBar:
    """The current bar, from memory alone."""
    zoned = Zoned(interval, offset_ms)
    running = data.running_minute
    assert running is not None
    return RunningBar(data, zoned, None, zoned.open_ms(running.open_ms))


@pytest.mark.parametrize("interval", [Interval.M1, Interval.M3, Interval.M15, Interval.H1])
@given(
    moves=st.lists(
        st.tuples(st.integers(0, 400_000), st.integers(90, 110), st.booleans()), max_size=20
    )
)
def test_every_bar_ends_once_and_as_the_market_has_it(
    interval: Interval, moves: list[tuple[int, int, bool]]
) -> None:
    data = market_at(START_MS)
    bar, now_ms = bar_of(data, interval), START_MS
    ended: list[Candle] = []
    for elapsed_ms, price, is_looked_at in moves:
        now_ms += elapsed_ms
        trade(data, now_ms, price)
        if is_looked_at:
            ended += bar.ended(now_ms)
            assert bar.current() == data.candles(interval, START_MS)[-1]
    ended += bar.ended(now_ms)
    assert [*ended, bar.current()] == data.candles(interval, START_MS)


def test_a_day_of_another_zone_opens_at_its_own_midnight() -> None:
    data = market_at(START_MS)
    bar = bar_of(data, Interval.D1, ZONE_MS)
    for minute in range(1, 24 * 60 + 5):
        trade(data, START_MS + minute * MINUTE_MS, 100 + minute % 7)
    (ended,) = bar.ended(START_MS + (24 * 60 + 4) * MINUTE_MS)
    current = bar.current()
    midnight_ms = START_MS + 16 * 3_600_000
    assert (ended.open_ms, ended.trade_count) == (midnight_ms - DAY_MS, 16 * 60)
    assert current is not None
    assert (current.open_ms, current.trade_count) == (midnight_ms, 8 * 60 + 5)


def test_a_bar_may_be_older_than_memory() -> None:
    data = market_at(START_MS)
    known = flat_candle(Interval.MONTH.open_ms(START_MS), Decimal(50))
    known = known.with_trade(Decimal(50), Decimal(1), buyer_is_taker=True)
    bar = RunningBar(data, Zoned(Interval.MONTH, 0), known, START_MS)
    minutes = MINUTES_MAX + 100
    for minute in range(1, minutes):
        trade(data, START_MS + minute * MINUTE_MS, 100 + minute % 7)
        assert bar.ended(START_MS + minute * MINUTE_MS) == []
    current = bar.current()
    assert current is not None
    assert [int(price) for price in (current.open, current.low, current.high)] == [50, 50, 106]
    assert (current.open_ms, current.trade_count) == (known.open_ms, minutes + 1)


def test_the_feeds_own_word_on_a_minute_counts_from_the_next_minute_on() -> None:
    data = market_at(START_MS)
    bar = bar_of(data, Interval.M5)
    trade(data, START_MS + MINUTE_MS, 101)
    assert bar.ended(START_MS + MINUTE_MS) == []
    told = Candle(START_MS, Decimal(99), Decimal(120), Decimal(99), Decimal(100), Decimal(7))
    data.apply(CandleClosed("BTC/USDT", START_MS + MINUTE_MS + 1, Interval.M1, told))
    trade(data, START_MS + 2 * MINUTE_MS, 102)
    current = bar.current()
    assert current is not None
    assert [int(one) for one in (current.open, current.high, current.volume)] == [99, 120, 9]


def test_nothing_is_known_before_the_first_price() -> None:
    data = MarketData("BTC/USDT")
    bar = RunningBar(data, Zoned(Interval.M1, 0), None, START_MS)
    assert (bar.current(), bar.ended(START_MS)) == (None, [])
    trade(data, START_MS + 5, 100)
    assert bar.current() == aggregate(data.candles(Interval.M1, START_MS), Interval.M1)[-1]


def test_a_bar_ends_when_nothing_of_it_can_still_come() -> None:
    """A minute was over by the clock; its last trade came late."""
    data = market_at(START_MS)
    bar = bar_of(data, Interval.M1)
    data.pass_time(START_MS + MINUTE_MS + 500)
    assert bar.ended(START_MS + MINUTE_MS - 1) == []
    first = bar.current()
    assert first is not None and first.open_ms == START_MS
    trade(data, START_MS + MINUTE_MS - 1, 102)
    (ended,) = bar.ended(START_MS + MINUTE_MS)
    assert (ended.open_ms, ended.trade_count, int(ended.close)) == (START_MS, 2, 102)
    assert bar.ended(START_MS + MINUTE_MS + 900) == []
    running = bar.current()
    assert running is not None
    assert (running.open_ms, int(running.close)) == (START_MS + MINUTE_MS, 102)


def test_a_quiet_minute_ends_too() -> None:
    data = market_at(START_MS)
    bar = bar_of(data, Interval.M1)
    ended = bar.ended(START_MS + 3 * MINUTE_MS)
    assert [one.open_ms for one in ended] == [START_MS + n * MINUTE_MS for n in range(3)]
    assert [one.trade_count for one in ended] == [1, 0, 0]
