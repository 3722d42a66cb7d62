"""A feed that tells its own minutes does not know what users traded with each other: bars have it
all the same, in every order of both, whenever the minute is told."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.events import CandleClosed, CandleGrew, TradePrinted
from hypersim.market.tape import PublicTrade, RecordedTrade
from tests.support.builders import SYMBOL

START_MS = 20_000 * DAY_MS


class Market:
    """One that a feed prints to, users trade in, and whose minutes the feed tells of its own."""

    def __init__(self, *, has_ids: bool) -> None:
        self.data = MarketData(SYMBOL)
        self.has_ids = has_ids
        self.now_ms = START_MS
        self.feeds: list[PublicTrade] = []
        self.tape: list[PublicTrade] = []
        self.print(100, 1)

    def print(self, price: int, quantity: int) -> None:
        number = len(self.feeds) + 1
        size = Decimal(price), Decimal(quantity)
        self.feeds.append(PublicTrade(number, self.now_ms, *size, buyer_is_maker=False))
        told_id = number if self.has_ids else None
        self.data.apply(TradePrinted(SYMBOL, self.now_ms, *size, False, told_id))
        self.tape.append(self.data.trades[-1])

    def trade(self, price: int, quantity: int) -> None:
        self.data.add_trade(self.now_ms, Decimal(price), Decimal(quantity), buyer_is_maker=True)
        self.tape.append(self.data.trades[-1])

    def close(self, open_ms: int) -> list[Candle]:
        own = bar_of(self.feeds, open_ms)
        if not self.has_ids:
            own = replace(own, first_trade_id=None, trade_count=0)
        return self.data.apply(CandleClosed(SYMBOL, self.now_ms, Interval.M1, own))

    def grow(self) -> None:
        own = bar_of(self.feeds, Interval.M1.open_ms(self.now_ms))
        if not own.is_flat:
            self.data.apply(CandleGrew(SYMBOL, self.now_ms, Interval.M1, own))


def bar_of(trades: Iterable[PublicTrade], open_ms: int) -> Candle:
    bar = flat_candle(open_ms, Decimal(100))
    for trade in trades:
        if trade.time_ms < open_ms:
            bar = flat_candle(open_ms, trade.price)
        elif trade.time_ms < open_ms + MINUTE_MS:
            bar = bar.with_public(trade)
    return bar


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 9_000, 30_000]),
        st.sampled_from(["print", "trade", "trade", "grow"]),
        st.integers(90, 110),
        st.integers(1, 5),
    ),
    max_size=20,
)


@pytest.mark.parametrize("has_ids", [True, False])
@settings(deadline=None)
@given(rows=steps, late=st.integers(0, 2))
@example(rows=[(0, "trade", 110, 2), (30_000, "trade", 90, 1), (30_000, "print", 95, 1)], late=1)
def test_a_minute_that_the_feed_tells_has_what_users_traded(
    rows: list[tuple[int, str, int, int]], late: int, has_ids: bool
) -> None:
    market = Market(has_ids=has_ids)
    due = [START_MS]
    for elapsed_ms, kind, price, quantity in rows:
        market.now_ms += elapsed_ms
        if kind == "grow" and has_ids:
            market.grow()
        elif kind == "trade":
            market.trade(price, quantity)
        else:
            market.print(price, quantity)
        minute_ms = Interval.M1.open_ms(market.now_ms)
        if minute_ms > due[-1]:
            due.append(minute_ms)
        while due[0] < minute_ms and len(due) > late + 1:
            market.close(due.pop(0))
    market.now_ms = due[-1] + MINUTE_MS
    for open_ms in due:
        market.close(open_ms)
    for bar in market.data.candles(Interval.M1, START_MS, market.now_ms):
        assert bar == bar_of(market.tape, bar.open_ms)


def test_a_minute_in_which_only_users_traded_is_not_flat() -> None:
    market = Market(has_ids=True)
    market.now_ms += MINUTE_MS
    market.trade(105, 3)
    market.now_ms += MINUTE_MS
    (bar,) = market.close(START_MS + MINUTE_MS)
    assert (bar.open, bar.close, bar.volume) == (Decimal(105), Decimal(105), Decimal(3))
    assert bar.trade_count == 1
    assert bar.first_trade_id == 2


@pytest.mark.parametrize("has_ids", [True, False])
def test_a_restart_in_the_midst_of_a_minute_does_not_lose_them(has_ids: bool) -> None:
    """What the feed tells is recorded too where it has no ids, and is not taken for users'."""
    market = Market(has_ids=has_ids)
    recorded: list[RecordedTrade] = []
    if not has_ids:
        recorded.append(market.data.last_recorded())
    for price in (104, 97):
        market.trade(price, 2)
        recorded.append(market.data.last_recorded())
    before = market.data
    market.data = MarketData(SYMBOL)
    market.data.resume(before.running_minute, before.end)
    market.data.recall_users(recorded, None)
    market.now_ms += 1_000
    if has_ids:
        market.grow()
    market.print(99, 1)
    market.now_ms = START_MS + MINUTE_MS
    (bar,) = market.close(START_MS)
    assert bar == bar_of(market.tape, START_MS)
