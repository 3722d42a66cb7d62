"""The synthetic feed: reproducible, plausible, and its history is what was traded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import correlation

import pytest
from msgspec.structs import replace

from hypersim.feeds.synthetic.feed import BOOKS_APART_MS, SyntheticFeed
from hypersim.feeds.synthetic.market import SLOT_MS
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval
from hypersim.market.data import MarketData
from hypersim.market.events import DepthUpdated, MarketEvent, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedUnavailable
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.timed_feeds import (
    HISTORY_START_MS,
    NOON_MS,
    events_of,
    options_at,
    packaged_instruments,
)

BTC, XRP, SOL_BTC = (packaged_instruments()[number] for number in (0, 4, 15))


def unnumbered(candles: Sequence[Candle]) -> list[Candle]:
    """The candles without the ids of their trades, of which the trades' own tests tell."""
    return [replace(candle, first_trade_id=None) for candle in candles]


async def minutes_of_events(
    feed: SyntheticFeed, end_ms: int
) -> tuple[list[MarketEvent], dict[str, list[Candle]]]:
    """Everything up to `end_ms`, and the minutes that our own market data makes of it."""
    events = await events_of(feed, until=lambda event: event.time_ms >= end_ms)
    markets: dict[str, MarketData] = {}
    closed: dict[str, list[Candle]] = {}
    for event in events:
        data = markets.setdefault(event.symbol, MarketData(event.symbol))
        closed.setdefault(event.symbol, []).extend(data.apply(event))
    for symbol, data in markets.items():
        closed[symbol] += data.pass_time(end_ms)
    return events, closed


async def test_one_seed_gives_the_same_events_every_time() -> None:
    first = await events_of(SyntheticFeed(options_at(seed=3)), 500)
    second = await events_of(SyntheticFeed(options_at(seed=3)), 500)
    assert first == second
    other = await events_of(SyntheticFeed(options_at(seed=4)), 500)
    assert first != other


async def test_what_happens_does_not_depend_on_when_the_feed_was_started() -> None:
    early = await events_of(SyntheticFeed(options_at(NOON_MS - 30_000)), 3_000)
    late = await events_of(SyntheticFeed(options_at(NOON_MS)), 500)
    assert [event for event in early if event.time_ms >= NOON_MS][:500] == late


async def test_the_path_of_a_seed_never_changes() -> None:
    feed = SyntheticFeed(options_at())
    (candle,) = await feed.history("BTC/USDT", Interval.M1, NOON_MS - MINUTE_MS, NOON_MS)
    assert candle == PINNED


async def test_events_come_in_order_of_time_twice_a_second_for_every_symbol() -> None:
    events = await events_of(
        SyntheticFeed(options_at()), until=lambda event: event.time_ms >= NOON_MS + MINUTE_MS
    )
    assert all(a.time_ms <= b.time_ms for a, b in pairwise(events))
    for instrument in packaged_instruments():
        books = [e for e in events if isinstance(e, DepthUpdated) and e.symbol == instrument.symbol]
        assert len(books) == MINUTE_MS // SLOT_MS
    phases = {event.time_ms % SLOT_MS for event in events}
    assert len(phases) > len(packaged_instruments()) // 2


async def test_every_book_is_deep_sorted_on_the_grid_and_not_crossed() -> None:
    instruments = {one.symbol: one for one in packaged_instruments()}
    for event in await events_of(SyntheticFeed(options_at()), 3_000):
        if not isinstance(event, DepthUpdated):
            continue
        instrument = instruments[event.symbol]
        assert len(event.bids) >= 25
        assert len(event.asks) >= 25
        assert event.bids[0][0] < event.asks[0][0]
        assert all(a[0] > b[0] for a, b in pairwise(event.bids))
        assert all(a[0] < b[0] for a, b in pairwise(event.asks))
        for price, size in (*event.bids, *event.asks):
            assert price >= instrument.tick_size
            assert size > 0
            assert instrument.is_on_tick(price)
            assert instrument.is_on_step(size)
        middle = (event.bids[0][0] + event.asks[0][0]) / 2
        assert event.asks[0][0] - event.bids[0][0] <= max(middle / 5_000, instrument.tick_size)


async def test_trades_print_at_the_touch_one_taker_at_a_time() -> None:
    events = await events_of(SyntheticFeed(options_at(instruments=(BTC, XRP))), 3_000)
    books: dict[str, DepthUpdated] = {}
    sides: dict[str, list[bool]] = {}
    takers: dict[tuple[str, int], bool] = {}
    ids: dict[str, int] = {}
    for event in events:
        if isinstance(event, DepthUpdated):
            books[event.symbol] = event
            continue
        assert isinstance(event, TradePrinted)
        book = books[event.symbol]
        assert event.time_ms == book.time_ms
        touch = book.bids[0] if event.buyer_is_maker else book.asks[0]
        assert event.price == touch[0]
        assert event.quantity > 0
        moment = event.symbol, event.time_ms
        assert takers.setdefault(moment, event.buyer_is_maker) == event.buyer_is_maker
        assert event.venue_id is not None
        assert event.venue_id == ids.get(event.symbol, event.venue_id)
        ids[event.symbol] = event.venue_id + 1
        sides.setdefault(event.symbol, []).append(event.buyer_is_maker)
    for taken in sides.values():
        assert 0.3 < sum(taken) / len(taken) < 0.7


async def test_a_minute_that_was_traded_equals_its_history_in_every_field() -> None:
    feed = SyntheticFeed(options_at(NOON_MS + 20_000))
    end_ms = NOON_MS + 4 * MINUTE_MS
    _, closed = await minutes_of_events(feed, end_ms)
    for instrument in packaged_instruments():
        history = await feed.history(instrument.symbol, Interval.M1, NOON_MS, end_ms)
        assert len(history) == 4
        assert unnumbered(closed[instrument.symbol]) == unnumbered(history)


class LateClock(SimulatedClock):
    """That of a machine so slow that everybody wakes late."""

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        await super().sleep_until(time_ms + 4 * SLOT_MS, slack_s)


async def test_a_machine_that_is_too_slow_leaves_out_books_but_no_trades() -> None:
    clock = LateClock(NOON_MS, 0)
    feed = SyntheticFeed(options_at(clock=clock, instruments=(BTC,)))
    end_ms = NOON_MS + 30 * MINUTE_MS
    events, closed = await minutes_of_events(feed, end_ms)
    books = sum(isinstance(event, DepthUpdated) for event in events)
    assert 25 * MINUTE_MS // BOOKS_APART_MS < books < 30 * MINUTE_MS // SLOT_MS
    minutes = closed[BTC.symbol]
    assert len(minutes) > 20
    history = await feed.history(BTC.symbol, Interval.M1, minutes[0].open_ms, end_ms)
    assert unnumbered(minutes) == unnumbered(history)


async def test_the_dollar_markets_move_together_and_one_coin_has_one_price() -> None:
    feed = SyntheticFeed(options_at())
    start_ms = NOON_MS - 300 * HOUR_MS

    async def moves(symbol: str) -> list[float]:
        candles = await feed.history(symbol, Interval.H1, start_ms, NOON_MS)
        return [float(candle.close / candle.open - 1) for candle in candles]

    bitcoin = await moves("BTC/USDT")
    assert correlation(bitcoin, await moves("ETH/USDT")) > 0.3
    assert correlation(bitcoin, await moves("SOL/USDT")) > 0.3
    assert bitcoin == await moves("BTC/USDC")


async def test_prices_stay_around_their_reference_for_years() -> None:
    feed = SyntheticFeed(options_at())
    for start_ms in range(HISTORY_START_MS + DAY_MS, NOON_MS - DAY_MS, 90 * DAY_MS):
        (day,) = await feed.history("BTC/USDT", Interval.D1, start_ms, start_ms + DAY_MS)
        assert day.low > 20_000
        assert day.high < 200_000


async def test_an_instrument_without_figures_of_its_own_gets_some() -> None:
    odd = Instrument(
        symbol="ODD/COIN",
        base="ODD",
        quote="COIN",
        tick_size=Decimal(5),
        step_size=Decimal(3),
        min_price=Decimal(5),
        max_price=Decimal(100),
        min_quantity=Decimal(3),
        max_quantity=Decimal(300),
        min_notional=Decimal(0),
    )
    feed = SyntheticFeed(options_at(instruments=(odd,)))
    events, closed = await minutes_of_events(feed, NOON_MS + MINUTE_MS)
    history = await feed.history("ODD/COIN", Interval.M1, NOON_MS, NOON_MS + MINUTE_MS)
    assert unnumbered(closed["ODD/COIN"]) == unnumbered(history)
    for event in events:
        if isinstance(event, DepthUpdated):
            assert event.bids[-1][0] >= 5
            assert event.bids[0][0] < event.asks[0][0]


async def test_an_instrument_that_is_added_later_is_served_too() -> None:
    feed = SyntheticFeed(options_at(instruments=(BTC,)))
    feed.add(XRP)
    symbols = {event.symbol for event in await events_of(feed, 20)}
    assert symbols == {BTC.symbol, XRP.symbol}


async def test_without_instruments_there_is_nothing_to_serve() -> None:
    with pytest.raises(FeedUnavailable, match="no instrument"):
        await SyntheticFeed(options_at(instruments=())).open()


async def test_a_closed_feed_ends() -> None:
    feed = SyntheticFeed(options_at())
    events = feed.events()
    await anext(events)
    await feed.close()
    left = [event async for event in events]
    assert len(left) < 5


PINNED = Candle(
    NOON_MS - MINUTE_MS,
    Decimal("79613.85"),
    Decimal("79632.45"),
    Decimal("79613.75"),
    Decimal("79621.04"),
    Decimal("5.27504"),
    Decimal("420017.9073678"),
    42,
    Decimal("2.34990"),
    Decimal("187106.6045418"),
    250_366_901,
)


@pytest.mark.parametrize("year", [1971, 2009, 2012, 2016, 2019, 2024, 2040, 2090])
async def test_a_clock_may_start_in_any_year(year: int) -> None:
    """Also before the real market began: then it has begun earlier."""
    now_ms = int(datetime(year, 2, 28, 23, 59, 30, tzinfo=UTC).timestamp()) * 1000
    feed = SyntheticFeed(options_at(now_ms, instruments=(BTC, XRP, SOL_BTC)))
    events, closed = await minutes_of_events(feed, now_ms + 2 * MINUTE_MS)
    assert {event.symbol for event in events} == {BTC.symbol, XRP.symbol, SOL_BTC.symbol}
    for symbol, minutes in closed.items():
        beginning_ms = await feed.beginning_ms(symbol)
        assert beginning_ms is not None
        assert beginning_ms <= now_ms
        history = await feed.history(symbol, Interval.M1, minutes[0].open_ms, now_ms + DAY_MS)
        assert unnumbered(minutes)[: len(history)] == unnumbered(history)
        (first,) = await feed.trades(
            symbol, from_id=1, start_ms=None, end_ms=now_ms + DAY_MS, limit=1
        )
        assert first.id == 1
