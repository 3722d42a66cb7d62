"""Trades, bars of every interval and tickers agree with each other, live and before, in every order
of the feed's prints and trades among users, and over a restart."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, aggregate
from hypersim.market.tape import AggregateTrade, PublicTrade
from hypersim.service.past_trades import Wanted
from tests.support.builders import SYMBOL
from tests.support.public_tape import START_MS, Session, bars_of

INTERVALS = [Interval.S1, Interval.M1, Interval.M5, Interval.H1, Interval.D1, Interval.W1]


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 700, 20_000, MINUTE_MS, 7 * MINUTE_MS, 9 * 3_600_000]),
        st.sampled_from(["print", "print", "print", "trade", "trade", "sweep", "restart"]),
        st.integers(90, 110),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=settings().max_examples, deadline=None)
@given(steps)
@example(
    # Trades at the same moment as the first one in memory, before one that the record counted.
    [(0, "trade", 100, 1), (0, "restart", 90, 1), (0, "trade", 100, 1), (0, "trade", 100, 1)]
)
@example([(0, "sweep", 100, 5), (0, "restart", 90, 1), (0, "sweep", 100, 5)])
async def test_bars_trades_and_tickers_agree_at_any_time(
    rows: list[tuple[int, str, int, int]],
) -> None:
    session = Session()
    session.print(100, 1)
    for elapsed_ms, kind, price, quantity in rows:
        session.pass_time(elapsed_ms)
        if kind == "print":
            session.print(price, quantity)
        elif kind == "trade":
            session.trade(price, quantity)
        elif kind == "sweep":
            session.trade(price, 1, makers=3 * quantity)
        else:
            await session.restart(20_000, [price, price - 1])
    session.pass_time(10)
    await check(session)


async def check(session: Session) -> None:
    tape, markets = session.tape, session.markets
    assert [trade.id for trade in tape] == list(range(1, len(tape) + 1))
    assert await paged(session, by_id=True) == tape
    assert await paged(session, by_id=False) == tape
    assert await markets.trades(SYMBOL, Wanted(limit=3)) == tape[-3:]
    await check_aggregates(session)
    for interval in INTERVALS:
        await check_bars(session, interval)
    start_ms = Interval.M1.open_ms(session.now_ms) - DAY_MS + MINUTE_MS
    day = [trade for trade in tape if trade.time_ms >= start_ms]
    if day:
        (bar,) = aggregate(bars_of(day, Interval.M1), Interval.MONTH)
        session.data.pass_time(session.now_ms)
        ticker = session.data.ticker()
        assert (ticker.open, ticker.high, ticker.low, ticker.last) == (
            bar.open,
            bar.high,
            bar.low,
            bar.close,
        )
        assert (ticker.trade_count, ticker.first_trade_id) == (len(day), day[0].id)


async def check_aggregates(session: Session) -> None:
    """They are the trades of the tape, each once, and the same on pages of every kind."""
    tape, aggregates = session.tape, session.markets.aggregates
    whole = await aggregates(SYMBOL, Wanted(0, limit=1_000))
    assert [one.id for one in whole] == list(range(1, len(whole) + 1))
    assert [one.first_id for one in whole[1:]] == [one.last_id + 1 for one in whole[:-1]]
    assert (whole[0].first_id, whole[-1].last_id) == (1, tape[-1].id)
    for one in whole:
        trades = tape[one.first_id - 1 : one.last_id]
        assert one.quantity == sum(trade.quantity for trade in trades)
        assert {(trade.price, trade.time_ms) for trade in trades} == {(one.price, one.time_ms)}
    sizes = [session.makers.get(one.first_id, 1) for one in whole]
    assert [one.last_id - one.first_id + 1 for one in whole] == sizes
    for size in (1, 3):
        pages = [
            (await aggregates(SYMBOL, Wanted(limit=size)), whole[-size:]),
            (await aggregates(SYMBOL, Wanted(len(whole) // 2, limit=size)), from_half(whole, size)),
            (await aggregates(SYMBOL, Wanted(start_ms=START_MS, limit=size)), whole[:size]),
        ]
        for page, wanted in pages:
            assert list(map(seen, page)) == list(map(seen, wanted))


def from_half(whole: list[AggregateTrade], size: int) -> list[AggregateTrade]:
    return [one for one in whole if one.id >= len(whole) // 2][:size]


def seen(one: AggregateTrade) -> AggregateTrade:
    """What is told of it: not whose it is."""
    return replace(one, taker_order_id=None)


async def paged(session: Session, *, by_id: bool) -> list[PublicTrade]:
    """All trades, asked for seven at a time."""
    seen: list[PublicTrade] = []
    while True:
        if by_id:
            wanted = Wanted(seen[-1].id + 1 if seen else 0, limit=7)
        else:
            wanted = Wanted(None, seen[-1].time_ms if seen else 0, limit=40)
        page = await session.markets.trades(SYMBOL, wanted)
        page = [trade for trade in page if not seen or trade.id > seen[-1].id]
        if not page:
            return seen
        seen += page


async def check_bars(session: Session, interval: Interval) -> None:
    tape = session.tape
    first_ms = interval.open_ms(tape[0].time_ms)
    last_ms = max(first_ms, session.now_ms - 900 * interval.length_ms)
    since_ms = first_ms if interval is not Interval.S1 else interval.open_ms(last_ms)
    found = await session.markets.candles(
        SYMBOL, interval, since_ms=since_ms, until_ms=None, limit=1_000
    )
    wanted = [bar for bar in bars_of(tape, interval) if bar.open_ms >= since_ms]
    assert found[: len(wanted)] == wanted[: len(found)]
    assert all(bar.is_flat and bar.close == tape[-1].price for bar in found[len(wanted) :])
    opens = [bar.open_ms for bar in found]
    assert all(interval.next_open_ms(open_ms) == after for open_ms, after in pairwise(opens))
    if len(found) < 1_000:
        assert len(found) >= len(wanted)


@pytest.mark.parametrize("interval", [Interval.M1, Interval.M5, Interval.H1, Interval.D1])
async def test_a_chart_begins_where_the_market_does(interval: Interval) -> None:
    session = Session()
    session.print(100, 1)
    for _ in range(30):
        session.pass_time(11 * 3_600_000)
        session.print(101, 2)
    page: list[Candle] = []
    since_ms = 0
    while True:
        found = await session.markets.candles(
            SYMBOL, interval, since_ms=since_ms, until_ms=None, limit=500
        )
        if not found:
            break
        page += found
        since_ms = found[-1].open_ms + 1
    assert page[0].open_ms == interval.open_ms(START_MS)
    assert page[-1].open_ms == interval.open_ms(session.now_ms)
    assert sum(bar.trade_count for bar in page) == 31
    opens = [bar.open_ms for bar in page]
    assert opens == list(range(opens[0], opens[-1] + 1, interval.length_ms))
