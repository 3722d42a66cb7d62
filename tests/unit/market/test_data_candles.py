"""The minutes that market data makes, replaces and shows."""

from decimal import Decimal
from itertools import pairwise

from msgspec.structs import replace

from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Interval
from hypersim.market.data import MarketData
from hypersim.market.minutes import MINUTES_MAX
from tests.support.builders import SYMBOL
from tests.support.market_events import START_MS, bar, closed, data_of, quote, trade


def test_a_minute_opens_at_its_first_trade_and_gaps_are_flat() -> None:
    data = data_of(trade(START_MS, 100), trade(START_MS + 3 * MINUTE_MS, 105))
    bars = data.candles(Interval.M1, 0)
    assert [(int(b.open), int(b.close), b.trade_count) for b in bars] == [
        (100, 100, 1),
        (100, 100, 0),
        (100, 100, 0),
        (105, 105, 1),
    ]


def test_a_quiet_minute_has_its_bar_before_anything_happens_in_it() -> None:
    data = data_of(trade(START_MS, 100))
    assert len(data.candles(Interval.M1, 0, START_MS + MINUTE_MS - 1)) == 1
    bars = data.candles(Interval.M1, 0, START_MS + 2 * MINUTE_MS)
    assert [(b.open_ms - START_MS, int(b.close), b.trade_count) for b in bars] == [
        (0, 100, 1),
        (MINUTE_MS, 100, 0),
        (2 * MINUTE_MS, 100, 0),
    ]
    assert data.candles(Interval.M1, 0) == bars[:1]


def test_closing_minutes_are_returned_once_with_their_gaps() -> None:
    data = data_of(trade(START_MS, 100))
    assert data.pass_time(START_MS + MINUTE_MS - 1) == []
    minutes = data.pass_time(START_MS + 3 * MINUTE_MS)
    assert [m.open_ms for m in minutes] == [START_MS + i * MINUTE_MS for i in range(3)]
    assert data.pass_time(START_MS + 3 * MINUTE_MS) == []


def test_after_years_of_sleep_only_the_minutes_that_are_kept_are_made() -> None:
    data = data_of(trade(START_MS, 100), quote(START_MS + 4_000 * DAY_MS))
    bars = data.candles(Interval.M1, 0)
    assert len(bars) == MINUTES_MAX + 1
    assert all(b.open_ms - a.open_ms == MINUTE_MS for a, b in pairwise(bars))
    assert {b.close for b in bars} == {Decimal(100)}


def test_the_venues_own_candle_replaces_ours_and_moves_the_last_price() -> None:
    data = data_of(trade(START_MS + 30_000, 100))
    reported = data.apply(closed(bar(START_MS, 104, 9)))
    assert reported == [bar(START_MS, 104, 9)]
    assert data.last_price == data.ticker().last == Decimal(104)


def test_trades_stay_counted_where_the_venue_does_not_tell_how_many_there_were() -> None:
    data = data_of(trade(START_MS + 30_000, 100), trade(START_MS + 30_000, 101))
    told = replace(bar(START_MS, 104, 9), trade_count=0)
    assert data.apply(closed(told)) == [replace(told, trade_count=2, first_trade_id=1)]


def test_candles_alone_make_a_market() -> None:
    candles = [bar(START_MS + i * MINUTE_MS, 100 + i) for i in range(5)]
    data = data_of(*(closed(candle) for candle in candles))
    assert data.candles(Interval.M1, 0)[:-1] == candles
    assert data.last_price == Decimal(104)


def test_a_late_candle_moves_the_flat_minutes_after_it() -> None:
    data = data_of(trade(START_MS, 100), quote(START_MS + 3 * MINUTE_MS))
    reported = data.apply(closed(bar(START_MS, 107)))
    assert [m.close for m in reported] == [Decimal(107)] * 3
    assert [m.close for m in data.candles(Interval.M1, 0)] == [Decimal(107)] * 4


def test_a_late_candle_leaves_minutes_that_traded() -> None:
    data = data_of(trade(START_MS, 100), trade(START_MS + MINUTE_MS, 101))
    data.apply(closed(bar(START_MS, 107)))
    assert data.last_price == Decimal(101)


def test_history_goes_in_front_without_gaps() -> None:
    data = data_of(trade(START_MS, 100))
    history = [bar(START_MS - minutes * MINUTE_MS, 90 + minutes) for minutes in (6, 5, 3)]
    data.load_minutes([*history, bar(START_MS, 1), bar(START_MS + MINUTE_MS, 1)])
    bars = data.candles(Interval.M1, 0)
    assert [int(b.close) for b in bars] == [96, 95, 95, 93, 93, 93, 100]
    assert data.ticker().open == Decimal(96)


def test_history_alone_gives_the_last_price() -> None:
    data = MarketData(SYMBOL)
    data.load_minutes([bar(START_MS, 90), bar(START_MS + MINUTE_MS, 91)])
    assert data.last_price == Decimal(91)
    assert data.candles(Interval.M1, 0)[-1].open_ms == START_MS + 2 * MINUTE_MS


def test_history_after_a_ticker_was_asked_for_counts_in_the_next_one() -> None:
    data = data_of(trade(START_MS, 100))
    assert data.ticker().low == Decimal(100)
    data.load_minutes([bar(START_MS - MINUTE_MS, 50)])
    assert data.ticker().low == Decimal(50)


def test_only_bars_that_are_covered_whole_are_shown() -> None:
    data = data_of(trade(START_MS + 2 * MINUTE_MS, 100), quote(START_MS + 11 * MINUTE_MS))
    opened = [b.open_ms for b in data.candles(Interval.M5, 0)]
    assert opened == [START_MS + 5 * MINUTE_MS, START_MS + 10 * MINUTE_MS]
    assert data.candles(Interval.M5, START_MS + 5 * MINUTE_MS + 1)[0].open_ms == opened[1]


def test_a_month_that_starts_where_it_is_asked_for_is_shown() -> None:
    february_ms = Interval.MONTH.open_ms(19_770 * DAY_MS)
    data = data_of(trade(february_ms - DAY_MS, 100), quote(february_ms + HOUR_MS))
    assert [b.open_ms for b in data.candles(Interval.MONTH, february_ms)] == [february_ms]
