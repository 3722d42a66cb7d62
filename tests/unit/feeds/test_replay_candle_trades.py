"""A recording of candles has trades: the same ones played or looked up, that add up to the rows."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Candle, Interval
from hypersim.market.candle import flat_candle as flat
from hypersim.market.data import MarketData
from hypersim.market.events import MarketEvent
from hypersim.market.number import plain
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import FROM_THE_BEGINNING, FeedPosition
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.builders import instrument
from tests.support.recordings import T0, played, saved
from tests.support.timed_feeds import events_of, options_at

SYMBOL = "BTC/USDT"
MARKET = instrument()
LENGTHS = [
    (Interval.S1, SECOND_MS, 100),
    (Interval.M1, MINUTE_MS, 25),
    (Interval.M15, 15 * MINUTE_MS, 25),
    (Interval.H1, HOUR_MS, 25),
    (Interval.D1, DAY_MS, 3),
]
NEVER_MS = T0 * 2


def rows_of(length_ms: int, count: int, seed: int = 1) -> list[str]:
    """Candles of trades that somebody may have made; of busy and of quiet ones, and of none."""
    dice = Random(seed)
    rows, price = [], 4_000_000
    for number in range(count):
        bar = flat(T0 + number * length_ms, MARKET.tick_size * price)
        for _ in range(dice.choice((0, 1, 2, 3, 5, 30, 400))):
            price += dice.randint(-30, 30)
            size = MARKET.step_size * dice.randint(1, 900)
            bar = bar.with_trade(MARKET.tick_size * price, size, buyer_is_taker=dice.random() < 0.5)
        rows.append(_row(bar, length_ms))
    return rows


def _row(bar: Candle, length_ms: int) -> str:
    prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    end = [str(bar.open_ms + length_ms - 1), plain(bar.quote_volume), str(bar.trade_count)]
    taken = [plain(bar.taker_volume), plain(bar.taker_quote_volume), "0"]
    return ",".join([str(bar.open_ms), *map(plain, prices), *end, *taken])


async def opened(
    path: Path, now_ms: int, position: FeedPosition = FROM_THE_BEGINNING
) -> ReplayFeed:
    clock = SimulatedClock(now_ms, 0)
    feed = ReplayFeed(options_at(clock=clock, position=position), parse_source(str(path)))
    await feed.open()
    return feed


async def told(
    feed: ReplayFeed,
    from_id: int | None = None,
    start_ms: int | None = None,
    end_ms: int = NEVER_MS,
    limit: int = 100_000,
) -> list[PublicTrade]:
    return await feed.trades(SYMBOL, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit)


@pytest.mark.parametrize(("interval", "length_ms", "count"), LENGTHS)
async def test_they_add_up_to_the_rows_under_ids_without_gaps(
    tmp_path: Path, interval: Interval, length_ms: int, count: int
) -> None:
    saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, count))
    feed = await opened(tmp_path, T0 + count * length_ms)
    trades = await told(feed, from_id=0)
    assert [trade.id for trade in trades] == list(range(1, len(trades) + 1))
    assert all(one.time_ms <= other.time_ms for one, other in pairwise(trades))
    bars = await feed.history(SYMBOL, interval, 0, NEVER_MS)
    assert len(bars) == count
    found = {bar.open_ms: flat(bar.open_ms, bar.close) for bar in bars}
    for trade in trades:
        open_ms = interval.open_ms(trade.time_ms)
        found[open_ms] = found[open_ms].with_public(trade)
    assert list(found.values()) == bars


async def test_any_page_of_them_can_be_had(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-a.csv", *rows_of(MINUTE_MS, 600)[:550])
    saved(tmp_path / "BTCUSDT-b.csv", *rows_of(MINUTE_MS, 600)[540:])
    feed = await opened(tmp_path, T0 + 600 * MINUTE_MS)
    trades = await told(feed, from_id=0)
    middle = len(trades) // 2
    at_ms = trades[middle].time_ms
    since = next(n for n, one in enumerate(trades) if one.time_ms >= at_ms)
    assert await told(feed, limit=1_000) == trades[-1_000:]
    assert await told(feed, from_id=middle + 1, limit=700) == trades[middle : middle + 700]
    assert await told(feed, start_ms=at_ms, limit=700) == trades[since : since + 700]
    assert await told(feed, end_ms=at_ms, limit=700) == trades[since - 700 : since]
    assert await told(feed, from_id=len(trades) + 1) == []
    assert await told(feed, start_ms=0, end_ms=T0) == []
    fresh = await opened(tmp_path, T0 + 600 * MINUTE_MS)
    assert await told(fresh, from_id=middle + 1, limit=700) == trades[middle : middle + 700]
    early = await opened(tmp_path, at_ms)
    assert await told(early, limit=3) == [one for one in trades if one.time_ms <= at_ms][-3:]


async def test_longer_candles_beside_shorter_ones_know_the_same_ids(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1m.csv", *rows_of(MINUTE_MS, 120))
    feed = await opened(tmp_path, T0 + 2 * HOUR_MS)
    hours = await feed.history(SYMBOL, Interval.H1, 0, NEVER_MS)
    both = tmp_path / "both"
    both.mkdir()
    saved(both / "BTCUSDT-1m.csv", *rows_of(MINUTE_MS, 120))
    saved(both / "BTCUSDT-1h.csv", *(_row(hour, HOUR_MS) for hour in hours))
    feed = await opened(both, T0 + 2 * HOUR_MS)
    assert await feed.history(SYMBOL, Interval.H1, 0, NEVER_MS) == hours


@pytest.mark.parametrize(("interval", "length_ms", "count"), LENGTHS[:4])
async def test_what_is_live_agrees_at_any_moment_with_what_is_looked_up(
    tmp_path: Path, interval: Interval, length_ms: int, count: int
) -> None:
    del interval
    saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, count, seed=2))
    data = MarketData(SYMBOL)
    clock_ms = T0 + count * length_ms
    whole = await told(await opened(tmp_path, clock_ms), from_id=0)
    for event, later in pairwise([*await played(tmp_path), None]):
        assert event is not None
        data.apply(event)
        if later is not None and later.time_ms == event.time_ms:
            continue
        before = whole[: bisect_right(whole, event.time_ms, key=lambda one: one.time_ms)]
        assert data.last_trade_id == len(before)
        assert list(data.trades)[-20:] == before[-20:][-len(data.trades) :]
        check(data, before)


def check(data: MarketData, before: list[PublicTrade]) -> None:
    """The running minute, the running second and the day are made of just these trades."""
    minute = data.running_minute
    if minute is not None:
        inside = before[bisect_left(before, minute.open_ms, key=lambda one: one.time_ms) :]
        assert (minute.trade_count, minute.volume) == (
            len(inside),
            sum(one.quantity for one in inside),
        )
        assert minute.last_trade_id == (inside[-1].id if inside else None)
    ticker = data.ticker()
    if ticker.trade_count:
        assert ticker.first_trade_id is not None
        assert ticker.first_trade_id + ticker.trade_count - 1 == len(before)


@pytest.mark.parametrize("length_ms", [MINUTE_MS, 15 * MINUTE_MS])
async def test_a_restart_at_any_moment_goes_on_with_the_same_trades(
    tmp_path: Path, length_ms: int
) -> None:
    count = 8
    saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, count, seed=3))
    events = await played(tmp_path)
    whole = await told(await opened(tmp_path, T0 + count * length_ms), from_id=0)
    ended = applied(MarketData(SYMBOL), events)
    for stopped_ms in sorted({event.time_ms for event in events}):
        first = applied(MarketData(SYMBOL), [e for e in events if e.time_ms <= stopped_ms])
        feed = await opened(tmp_path, stopped_ms, position=FeedPosition(stopped_ms + 1))
        data = MarketData(SYMBOL)
        data.resume(first.running_minute, first.end)
        data.align(*[await last_id(feed, end_ms) for end_ms in minute_and_now(stopped_ms)])
        applied(data, await events_of(feed))
        assert data.end == ended.end
        assert list(data.trades) == whole[-len(data.trades) :] or not data.trades
        assert data.running_minute == ended.running_minute


def applied(data: MarketData, events: list[MarketEvent]) -> MarketData:
    for event in events:
        data.apply(event)
    return data


def minute_and_now(now_ms: int) -> tuple[int, int]:
    return Interval.M1.open_ms(now_ms), now_ms + 1


async def last_id(feed: ReplayFeed, end_ms: int) -> int:
    found = await told(feed, end_ms=end_ms, limit=1)
    return found[-1].id if found else 0


async def test_a_busy_day_costs_no_more_than_what_is_asked_of_it(tmp_path: Path) -> None:
    """Two million trades in a row of the file; a page of them is made."""
    price, volume = 40_000, 90_000
    row = f"{T0},{price},{price + 900},{price - 700},{price + 5},{volume},{T0 + DAY_MS - 1}"
    saved(tmp_path / "BTCUSDT-1d.csv", f"{row},{price * volume + 7},2000000,40000,1600000003,0")
    feed = await opened(tmp_path, T0 + DAY_MS)
    page = await told(feed, from_id=1_000_000, limit=500)
    assert [trade.id for trade in page] == list(range(1_000_000, 1_000_500))
    assert (await told(feed, limit=1))[0].id == 2_000_000
    data = applied(MarketData(SYMBOL), await played(tmp_path))
    assert data.last_trade_id == 2_000_000
    assert len(data.trades) < 1_000


async def test_the_last_trade_is_known_before_the_others_are_made(tmp_path: Path) -> None:
    events = await played(saved(tmp_path / "BTCUSDT-1m.csv", *rows_of(MINUTE_MS, 12)))
    looked, made = MarketData(SYMBOL), MarketData(SYMBOL)
    for event in events:
        looked.apply(event)
        made.apply(event)
        trades = made.trades
        assert looked.last_trade == (trades[-1] if trades else None)
