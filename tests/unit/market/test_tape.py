"""Aggregates and seconds of one market's trades."""

from decimal import Decimal

from hypersim.market.candle import DAY_MS, HOUR_MS, SECOND_MS, Interval, aggregate, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.tape import PublicTrade, Tape
from tests.support.builders import SYMBOL

START_MS = 20_000 * DAY_MS


def tape_of(*rows: tuple[int, int, int, int | None]) -> Tape:
    """(seconds after the start, price, quantity, taker)"""
    tape = Tape()
    for number, (second, price, quantity, taker) in enumerate(rows, start=1):
        time_ms = START_MS + second * SECOND_MS
        trade = PublicTrade(number, time_ms, Decimal(price), Decimal(quantity), False)
        last_id = tape.aggregates[-1].id if tape.aggregates else 0
        grows = tape.is_of_last_aggregate(taker, trade.price)
        tape.add(trade, last_id if grows else last_id + 1, taker)
    return tape


def test_one_order_s_trades_at_one_price_are_one_aggregate() -> None:
    tape = tape_of((0, 100, 1, 7), (0, 100, 2, 7), (0, 101, 4, 7), (0, 101, 8, 9))
    rows = [(one.id, one.first_id, one.last_id, int(one.quantity)) for one in tape.aggregates]
    assert rows == [(1, 1, 2, 3), (2, 3, 3, 4), (3, 4, 4, 8)]


def test_prints_of_a_feed_stand_alone() -> None:
    tape = tape_of((0, 100, 1, None), (0, 100, 1, None))
    assert [one.id for one in tape.aggregates] == [1, 2]


def test_seconds_without_a_trade_are_flat() -> None:
    tape = tape_of((0, 100, 1, None), (0, 102, 1, None), (3, 101, 5, None))
    bars = tape.seconds(START_MS, START_MS + 5 * SECOND_MS)
    assert [bar.open_ms - START_MS for bar in bars] == [0, 1000, 2000, 3000, 4000, 5000]
    assert [int(bar.close) for bar in bars] == [102, 102, 102, 101, 101, 101]
    assert [int(bar.volume) for bar in bars] == [2, 0, 0, 5, 0, 0]
    assert [int(price) for price in (bars[0].open, bars[0].high, bars[0].low)] == [100, 102, 100]


def test_seconds_start_where_they_are_asked_to() -> None:
    tape = tape_of((0, 100, 1, None), (3, 101, 5, None))
    bars = tape.seconds(START_MS + 1_500, START_MS + 3 * SECOND_MS)
    assert [bar.open_ms - START_MS for bar in bars] == [2000, 3000]
    assert tape.seconds(START_MS + 4 * SECOND_MS, START_MS + 3 * SECOND_MS) == []
    assert Tape().seconds(0, START_MS) == []


def test_a_market_serves_its_seconds_as_candles() -> None:
    data = MarketData(SYMBOL)
    data.add_trade(START_MS, Decimal(100), Decimal(1), buyer_is_maker=True)
    assert [bar.open_ms for bar in data.candles(Interval.S1, START_MS)] == [START_MS]


def test_bars_of_another_zone_open_at_its_midnight() -> None:
    hours = [flat_candle(START_MS + n * HOUR_MS, Decimal(100 + n)) for n in range(48)]
    days = aggregate(hours, Interval.D1, 8 * HOUR_MS)
    opens = [START_MS - 8 * HOUR_MS, START_MS + 16 * HOUR_MS, START_MS + 40 * HOUR_MS]
    assert [bar.open_ms for bar in days] == opens
    assert [int(bar.open) for bar in days] == [100, 116, 140]
    assert [int(bar.close) for bar in days] == [115, 139, 147]
