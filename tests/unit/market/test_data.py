"""Quotes, trades, minutes and the rolling 24 hours of one symbol."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.market.among_users import AmongUsers
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.events import (
    CandleGrew,
    DepthUpdated,
    FeedStalled,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.minutes import MINUTES_MAX
from hypersim.market.numbering import TapeEnd
from hypersim.market.tape import TRADES_MAX
from tests.support.builders import SYMBOL, levels
from tests.support.market_events import START_MS, bar, closed, data_of, quote, trade


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


def test_where_nothing_but_quotes_is_told_the_last_one_is_the_book() -> None:
    data = data_of(quote(START_MS, 98, 102), quote(START_MS + 1, 99, 101))
    assert [price for price, _ in data.bids] == [Decimal(99)]
    assert [price for price, _ in data.asks] == [Decimal(101)]


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


def numbered(*venue_ids: int | None) -> list[TradePrinted]:
    return [
        TradePrinted(SYMBOL, START_MS, Decimal(1), Decimal(1), False, venue_id)
        for venue_id in venue_ids
    ]


def ids_of(data: MarketData) -> list[int]:
    return [print_.id for print_ in data.trades]


def test_trade_ids_are_the_feeds_and_a_trade_told_twice_counts_once() -> None:
    data = data_of(*numbered(6, 7, 7, 3, None, 20))
    assert ids_of(data) == [6, 7, 8, 20]
    assert data.ticker().trade_count == 4


def test_the_venues_word_on_the_running_minute_completes_what_was_seen_of_it() -> None:
    data = data_of(*numbered(20, 21, 30, 31))
    minute = replace(bar(START_MS, 5, 21), trade_count=21, first_trade_id=10)
    data.apply(CandleGrew(SYMBOL, START_MS + 1, Interval.M1, minute))
    grown = data.candles(Interval.M1, 0)[-1]
    assert (grown.first_trade_id, grown.last_trade_id) == (10, 31)
    assert grown.volume == 22
    # Whoever asks for what is missing between is told by the feed.
    assert ids_of(data) == [30, 31]
    again = replace(minute, trade_count=24)
    data.apply(CandleGrew(SYMBOL, START_MS + 1, Interval.M1, again))
    for event in numbered(32, 33, 34):
        data.apply(event)
    assert ids_of(data) == [30, 31, 32, 33, 34]
    assert data.candles(Interval.M1, 0)[-1].last_trade_id == 34


def test_the_venues_day_goes_on_with_what_is_traded_after_its_word() -> None:
    data = data_of(*numbered(20, 21))
    one, two, seven = map(Decimal, (1, 2, 7))
    day = StatisticsUpdated(SYMBOL, START_MS, one, two, one, one, seven, seven, 12, 10)
    data.apply(day)
    for event in numbered(22, 23):
        data.apply(event)
    ticker = data.ticker()
    assert (ticker.first_trade_id, ticker.trade_count) == (10, 14)
    assert ticker.base_volume == 9


def among_users(data: MarketData, order_id: int) -> None:
    data.add_trade(START_MS, Decimal(1), Decimal(2), buyer_is_maker=True, taker_order_id=order_id)


def test_a_trade_among_users_moves_up_the_ids_of_all_that_follow() -> None:
    data = data_of(*numbered(6, 7))
    for order_id in (1, 1, 2):
        among_users(data, order_id)
    for event in numbered(8, 9):
        data.apply(event)
    assert ids_of(data) == [6, 7, 8, 9, 10, 11, 12]
    assert [one.id for one in data.tape.aggregates] == [6, 7, 8, 9, 10, 11]
    assert [(one.first_id, one.last_id) for one in data.tape.aggregates][2] == (8, 9)


def test_ids_go_on_after_a_restart() -> None:
    before = data_of(*numbered(6, 7))
    among_users(before, 1)
    after = MarketData(SYMBOL)
    after.resume(before.running_minute, before.end)
    # The feed begins again with the running minute, of which we know two trades.
    after.align(5, 8)
    for event in numbered(6, 7, 8):
        after.apply(event)
    assert ids_of(after) == [9]
    assert after.candles(Interval.M1, 0)[-1].trade_count == 4
    assert after.candles(Interval.M1, 0)[-1].first_trade_id == 6
    later = MarketData(SYMBOL)
    later.resume(before.running_minute, before.end)
    # Nobody was here for 100 trades of the feed.
    later.align(107, 108)
    later.apply(numbered(108)[0])
    assert ids_of(later) == [109]


def test_another_feed_counts_by_itself() -> None:
    data = MarketData(SYMBOL)
    data.resume(None, TapeEnd(5_000, 5_000, 5_000))
    data.align(10, 12)
    data.apply(numbered(11)[0])
    assert ids_of(data) == [11]
    by_hand = MarketData(SYMBOL)
    by_hand.resume(None, TapeEnd(5_000, 5_000, 5_000))
    by_hand.align(10, 12)
    by_hand.apply(numbered(None)[0])
    assert ids_of(by_hand) == [5_001]


def test_only_so_many_trades_are_kept() -> None:
    data = data_of(*(trade(START_MS, 100) for _ in range(TRADES_MAX + 5)))
    assert len(data.trades) == TRADES_MAX
    assert data.trades[-1].id - data.trades[0].id == TRADES_MAX - 1


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


@settings(deadline=None, max_examples=50)
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
                Decimal(price),
                Decimal(quantity),
                buyer_is_taker=not sold,
                trade_id=data.last_trade_id,
            )
        elif kind == "candle" and minute_ms - MINUTE_MS >= min(traded, default=0):
            told = bar(minute_ms - MINUTE_MS, price, quantity)
            traded[told.open_ms] = AmongUsers().closed(told, traded.get(told.open_ms), 0)
            data.apply(closed(told))
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
