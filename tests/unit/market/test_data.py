"""Quotes, trades, minutes and the rolling 24 hours of one symbol."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MINUTES_MAX, MarketData
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    FeedStalled,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.tape import TRADES_MAX
from tests.support.builders import SYMBOL, levels

START_MS = 20_000 * DAY_MS + 9 * HOUR_MS


def trade(time_ms: int, price: int, quantity: int = 1, *, sold: bool = False) -> TradePrinted:
    return TradePrinted(SYMBOL, time_ms, Decimal(price), Decimal(quantity), sold)


def quote(time_ms: int, bid: int = 99, ask: int = 101) -> QuoteUpdated:
    return QuoteUpdated(SYMBOL, time_ms, Decimal(bid), Decimal(1), Decimal(ask), Decimal(1))


def bar(open_ms: int, price: int, volume: int = 1) -> Candle:
    return flat_candle(open_ms, Decimal(price)).with_trade(
        Decimal(price), Decimal(volume), buyer_is_taker=True
    )


def closed(candle: Candle) -> CandleClosed:
    return CandleClosed(SYMBOL, candle.open_ms + MINUTE_MS, Interval.M1, candle)


def data_of(*events: TradePrinted | QuoteUpdated | CandleClosed | DepthUpdated) -> MarketData:
    data = MarketData(SYMBOL)
    for event in events:
        data.apply(event)
    return data


def test_nothing_is_known_at_first() -> None:
    data = MarketData(SYMBOL)
    ticker = data.ticker()
    assert (ticker.last, ticker.open, ticker.bid) == (None, None, None)
    assert ticker.base_volume == 0
    assert data.last_price is None
    assert data.candles(Interval.M1, 0) == []


def test_before_the_first_trade_the_price_is_the_middle_of_the_spread() -> None:
    data = data_of(quote(START_MS, 99, 102))
    assert data.last_price == Decimal("100.5")
    assert data.ticker().last == Decimal("100.5")


def test_a_quote_moves_the_best_level_and_keeps_the_deeper_ones() -> None:
    data = data_of(
        DepthUpdated(
            SYMBOL,
            START_MS,
            levels([("99", "1"), ("98", "2")]),
            levels([("101", "1"), ("102", "2"), ("103", "3")]),
        ),
        quote(START_MS, 98, 102),
    )
    assert data.bids == levels([("98", "1")])
    assert data.asks == levels([("102", "1"), ("103", "3")])


def test_each_state_of_the_book_has_a_higher_number_even_after_a_restart() -> None:
    before = MarketData(SYMBOL)
    numbers = [0]
    for _ in range(5):
        before.apply(quote(START_MS))
        numbers.append(before.update_id)
    after = data_of(quote(START_MS + 1))
    numbers.append(after.update_id)
    assert numbers == sorted(set(numbers))
    # What JavaScript clients read as a number, as Binance's id.
    assert len(str(2 * numbers[-1] + 1)) <= 15


def test_a_stalled_feed_is_stale_until_the_next_quote() -> None:
    data = data_of(quote(START_MS))
    data.apply(FeedStalled(SYMBOL, START_MS + 1))
    assert data.ticker().is_stale
    data.apply(trade(START_MS + 2, 100))
    assert data.ticker().is_stale
    data.apply(quote(START_MS + 3))
    assert not data.ticker().is_stale


def test_trade_ids_are_the_venues_where_they_ascend() -> None:
    data = MarketData(SYMBOL)
    for venue_id in (6, 7, 7, 3, None, 20):
        data.apply(TradePrinted(SYMBOL, START_MS, Decimal(1), Decimal(1), False, venue_id))
    assert [print_.id for print_ in data.trades] == [6, 7, 8, 9, 10, 20]


def test_trade_ids_that_no_venue_gives_go_on_rising_after_a_restart() -> None:
    before = data_of(trade(START_MS, 100), trade(START_MS + 1, 100), trade(START_MS + 1, 100))
    after = data_of(trade(START_MS + 1_000, 100))
    ids = [print_.id for data in (before, after) for print_ in data.trades]
    assert ids == sorted(set(ids))


def test_only_so_many_trades_are_kept() -> None:
    data = data_of(*(trade(START_MS, 100) for _ in range(TRADES_MAX + 5)))
    assert len(data.trades) == TRADES_MAX
    assert data.trades[-1].id - data.trades[0].id == TRADES_MAX - 1


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


def test_the_venues_statistics_go_before_ours() -> None:
    data = data_of(trade(START_MS, 100))
    data.apply(
        StatisticsUpdated(
            SYMBOL,
            START_MS,
            open=Decimal(90),
            high=Decimal(110),
            low=Decimal(80),
            last=Decimal(100),
            base_volume=Decimal(7),
            quote_volume=Decimal(700),
            trade_count=5,
        )
    )
    data.apply(trade(START_MS + 1, 120))
    ticker = data.ticker()
    assert (ticker.open, ticker.high) == (Decimal(90), Decimal(120))
    assert (ticker.low, ticker.last) == (Decimal(80), Decimal(120))
    assert (ticker.base_volume, ticker.trade_count) == (Decimal(7), 5)


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 20_000, MINUTE_MS, 7 * MINUTE_MS, 5 * HOUR_MS, 11 * HOUR_MS]),
        st.sampled_from(["trade", "trade", "quote", "candle"]),
        st.integers(90, 110),
        st.integers(1, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=30,
)


@given(steps)
def test_minutes_and_ticker_are_those_of_the_trades_of_the_day(
    rows: list[tuple[int, str, int, int, bool]],
) -> None:
    data, traded, now_ms = MarketData(SYMBOL), dict[int, Candle](), DAY_MS - MINUTE_MS
    for passed_ms, kind, price, quantity, sold in rows:
        now_ms += passed_ms
        minute_ms = Interval.M1.open_ms(now_ms)
        if kind == "trade":
            data.apply(trade(now_ms, price, quantity, sold=sold))
            before = traded.get(minute_ms) or flat_candle(minute_ms, Decimal(price))
            traded[minute_ms] = before.with_trade(
                Decimal(price), Decimal(quantity), buyer_is_taker=not sold
            )
        elif kind == "candle" and minute_ms - MINUTE_MS >= min(traded, default=0):
            traded[minute_ms - MINUTE_MS] = bar(minute_ms - MINUTE_MS, price, quantity)
            data.apply(closed(traded[minute_ms - MINUTE_MS]))
        data.apply(quote(now_ms))
        check_against(data, traded, now_ms)


def check_against(data: MarketData, traded: dict[int, Candle], now_ms: int) -> None:
    """Recompute everything from what traded, minute by minute."""
    if not traded:
        return
    bars: list[Candle] = []
    for open_ms in range(min(traded), Interval.M1.open_ms(now_ms) + 1, MINUTE_MS):
        bars.append(traded.get(open_ms) or flat_candle(open_ms, bars[-1].close))
    assert data.candles(Interval.M1, 0) == bars[-MINUTES_MAX - 1 :]
    ticker = data.ticker()
    # A price that nobody traded in the day is not in its ticker, unless nothing was traded at all.
    last_day = bars[-DAY_MS // MINUTE_MS :]
    day = [b for b in last_day if not b.is_flat] or last_day
    assert (ticker.open, ticker.last) == (day[0].open, day[-1].close)
    assert (ticker.high, ticker.low) == (max(b.high for b in day), min(b.low for b in day))
    assert ticker.base_volume == sum(b.volume for b in day)
    assert ticker.quote_volume == sum(b.quote_volume for b in day)
    assert ticker.trade_count == sum(b.trade_count for b in day)
    assert data.last_price == ticker.last
    for candle in day:
        assert candle.low <= min(candle.open, candle.close)
        assert max(candle.open, candle.close) <= candle.high
        assert candle.taker_volume <= candle.volume
