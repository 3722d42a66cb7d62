"""Trades, bars of every interval and tickers agree with each other, live and before, in every order
of the feed's prints and trades among users, and over a restart."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, aggregate, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.events import TradePrinted
from hypersim.market.tape import AggregateTrade, PublicTrade
from hypersim.service.changes import Changes
from hypersim.service.clock import SimulatedClock
from hypersim.service.markets import Markets
from hypersim.service.past_bars import PastBars
from hypersim.service.past_trades import PastTrades, Wanted
from hypersim.service.record import LastMinute
from hypersim.service.view import View
from hypersim.trading.events import MarketMoved
from tests.support.builders import SYMBOL, instrument, transaction
from tests.support.memory_record import MemoryRecord

START_MS = 1_700_000_000_000 - 1_700_000_000_000 % DAY_MS
MARKET = instrument(symbol=SYMBOL)
INTERVALS = [Interval.S1, Interval.M1, Interval.M5, Interval.H1, Interval.D1, Interval.W1]


def bars_of(trades: Iterable[PublicTrade], interval: Interval) -> list[Candle]:
    """What the trades add up to, with flat bars in between."""
    bars: list[Candle] = []
    for trade in trades:
        open_ms = interval.open_ms(trade.time_ms)
        while bars and interval.next_open_ms(bars[-1].open_ms) < open_ms:
            bars.append(flat_candle(interval.next_open_ms(bars[-1].open_ms), bars[-1].close))
        if not bars or bars[-1].open_ms < open_ms:
            bars.append(flat_candle(open_ms, bars[-1].close if bars else trade.price))
        bars[-1] = bars[-1].with_trade(
            trade.price,
            trade.quantity,
            buyer_is_taker=not trade.buyer_is_maker,
            trade_id=trade.id,
        )
    return bars


class HandClock(SimulatedClock):
    """Moves when it is told to."""

    def __init__(self) -> None:
        super().__init__(START_MS, 0)
        self.time_ms = START_MS

    def now_ms(self) -> int:
        return self.time_ms


class TellingFeed(ManualFeed):
    """Numbers its trades, and tells those that happened again at any time."""

    def __init__(self, clock: "HandClock") -> None:
        super().__init__([MARKET], clock)
        self.told: list[PublicTrade] = []

    def print(self, time_ms: int, price: Decimal, quantity: Decimal) -> TradePrinted:
        self.told.append(PublicTrade(len(self.told) + 1, time_ms, price, quantity, False))
        return TradePrinted(SYMBOL, time_ms, price, quantity, False, len(self.told))

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol
        bars = bars_of(self.told, interval)
        now_ms = self._clock.now_ms()
        return [
            bar
            for bar in bars
            if start_ms <= bar.open_ms < end_ms and interval.next_open_ms(bar.open_ms) <= now_ms
        ]

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        del symbol
        found = [
            trade
            for trade in self.told
            if trade.id >= (from_id or 0) and (start_ms or 0) <= trade.time_ms < end_ms
        ]
        return found[-limit:] if from_id is None and start_ms is None else found[:limit]

    async def beginning_ms(self, symbol: str) -> int | None:
        del symbol
        return self.told[0].time_ms if self.told else None


class Session:
    """A market that lives through prints and trades among users, and may start again."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.feed = TellingFeed(self.clock)
        self.record = MemoryRecord()
        self.tape: list[PublicTrade] = []
        self.now_ms = START_MS
        self.orders = 0
        self.makers: dict[int, int] = {}
        self._begin()

    def _begin(self) -> None:
        self.view = View(shows_users_orders=True)
        self.view.put_instrument(MARKET)
        self.markets = Markets(self.view, self.feed, self.record, self.clock)

    @property
    def data(self) -> MarketData:
        return self.view.markets[SYMBOL]

    def print(self, price: int, quantity: int) -> None:
        event = self.feed.print(self.now_ms, Decimal(price), Decimal(quantity))
        self.view.apply(Changes({}), [transaction([MarketMoved(event)])])
        self._note()

    def trade(self, price: int, quantity: int, makers: int = 1) -> None:
        """One order trades with those of so many others, at one price."""
        self.orders += 1
        self.makers[self.data.last_trade_id + 1] = makers
        for _ in range(makers):
            self.data.add_trade(
                self.now_ms,
                Decimal(price),
                Decimal(quantity),
                buyer_is_maker=True,
                taker_order_id=self.orders,
            )
            recorded = self.data.last_recorded()
            self.record.printed[SYMBOL, recorded.id] = recorded
            self._note()

    def _note(self) -> None:
        self.tape.append(self.data.trades[-1])
        running = self.data.running_minute
        assert running is not None
        self.record.minutes[SYMBOL, running.open_ms] = running
        self.record.ends[SYMBOL] = self.data.end

    async def restart(self, away_ms: int, missed: list[int]) -> None:
        """The feed goes on while nobody looks."""
        self._begin()
        minutes: list[LastMinute] = await self.record.last_minutes()
        for last in minutes:
            self.data.resume(last.minute, last.end)
        for price in missed:
            self.now_ms += away_ms
            self.feed.print(self.now_ms, Decimal(price), Decimal(1))
            printed = self.feed.told[-1]
            shift = self.record.ends[SYMBOL].trade_id - self.record.ends[SYMBOL].feed_id
            self.tape.append(
                PublicTrade(printed.id + shift, printed.time_ms, printed.price, Decimal(1), False)
            )
        self.pass_time(MINUTE_MS)
        self.data.pass_time(self.now_ms)
        minute_ms = Interval.M1.open_ms(self.now_ms)
        ids = [
            (await self.feed.trades(SYMBOL, from_id=None, start_ms=None, end_ms=end, limit=1))
            for end in (minute_ms, self.now_ms + 1)
        ]
        if ids[0] and ids[1]:
            self.data.align(ids[0][-1].id, ids[1][-1].id)
        past = PastBars(
            self.view, self.feed, self.record, PastTrades(self.feed, self.record), self.clock
        )
        start_ms = minute_ms - 2 * DAY_MS
        self.data.load_minutes(await past.between(SYMBOL, Interval.M1, start_ms, minute_ms))

    def pass_time(self, elapsed_ms: int) -> None:
        self.now_ms += elapsed_ms
        self.clock.time_ms = self.now_ms


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
