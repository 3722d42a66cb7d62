"""A market that stops at any moment and goes on with its feed started again is as if it never had
stopped: the same running minute, numbers, trades and book."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.feeds.synthetic import feed as synthetic_feed
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.data import MarketData
from hypersim.market.events import MarketEvent
from hypersim.service.feed import FROM_THE_BEGINNING, Feed, FeedPosition
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.trading.reference import ReferenceMarket
from tests.support.recordings import T0, kline, saved, trade
from tests.support.timed_feeds import NOON_MS, events_of, options_at, packaged_instruments

SYMBOL = "BTC/USDT"
SPAN_MS = 3 * MINUTE_MS
STOPS_MS = [0, 1, 500, 29_750, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1, 100_000, 2 * MINUTE_MS]

Started = Callable[[int, FeedPosition], Feed]
"""A feed on a clock that stands at that moment, which was told up to the position."""


def synthetic(path: Path) -> tuple[int, Started]:
    del path
    btc = packaged_instruments()[:1]
    return NOON_MS, lambda now_ms, position: SyntheticFeed(
        options_at(now_ms, instruments=btc, position=position)
    )


def one_of_many(path: Path) -> tuple[int, Started]:
    """A synthetic market that does not begin again with each trade of the running minute."""
    return synthetic(path)


def recorded_trades(path: Path) -> tuple[int, Started]:
    """Two or three at a time, five times a second."""
    rows = [trade(700 + n, T0 + n * 2 // 5 * 200, str(20_000 + n % 7)) for n in range(2_300)]
    saved(path / "BTCUSDT-trades.csv", *rows)
    return T0, _replay_of(path)


def _replay_of(path: Path) -> Started:
    def started(now_ms: int, position: FeedPosition) -> Feed:
        clock = SimulatedClock(now_ms, 0)
        options = options_at(clock=clock, position=position)
        return ReplayFeed(options, parse_source(str(path)))

    return started


def recorded_candles(path: Path) -> tuple[int, Started]:
    """A minute each, in which the price goes its way."""
    rows = [kline(n, f"{20_000 + n} 20050 19950 {20_001 + n} 7.5") for n in range(12)]
    saved(path / "BTCUSDT-1m.csv", *rows)
    return T0, _replay_of(path)


async def lived(data: MarketData, feed: Feed, end_ms: int) -> MarketData:
    """The market as it is when the feed's time has come to `end_ms`."""
    told = await events_of(feed, until=lambda event: event.time_ms >= end_ms, with_past=True)
    for event in told:
        taken(data, event)
    data.pass_time(end_ms)
    return data


def taken(data: MarketData, event: MarketEvent) -> None:
    if event.symbol == SYMBOL:
        data.apply(event)


async def averaged(feed: Feed, end_ms: int) -> Decimal | None:
    """What price bands are measured against when the feed's time has come to `end_ms`."""
    (market,) = [one for one in await feed.open() if one.symbol == SYMBOL]
    reference = ReferenceMarket(market)
    told = await events_of(feed, until=lambda event: event.time_ms >= end_ms, with_past=True)
    for event in told:
        if event.symbol == SYMBOL:
            reference.apply(event)
    return reference.average(end_ms)


async def last_id(feed: Feed, end_ms: int) -> int:
    found = await feed.trades(SYMBOL, from_id=None, start_ms=None, end_ms=end_ms, limit=1)
    return found[-1].id if found else 0


async def resumed(first: MarketData, feed: Feed, now_ms: int) -> MarketData:
    """A market that knows what the record does, before the feed's first event."""
    data = MarketData(SYMBOL)
    data.resume(first.running_minute, first.end)
    minute_ms = Interval.M1.open_ms(now_ms)
    data.align(await last_id(feed, minute_ms), await last_id(feed, now_ms + 1))
    return data


@pytest.mark.parametrize("stop_ms", STOPS_MS)
@pytest.mark.parametrize("kind", [synthetic, one_of_many, recorded_trades])
async def test_a_restart_goes_on_where_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Callable[[Path], tuple[int, Started]],
    stop_ms: int,
) -> None:
    if kind is one_of_many:
        monkeypatch.setattr(synthetic_feed, "FEW_MARKETS", 0)
    start_ms, started = kind(tmp_path)
    stopped_ms = start_ms + MINUTE_MS // 2 + stop_ms
    end_ms = start_ms + SPAN_MS

    async def opened(now_ms: int, position: FeedPosition = FROM_THE_BEGINNING) -> Feed:
        feed = started(now_ms, position)
        await feed.open()
        return feed

    whole = MarketData(SYMBOL)
    whole.align(*[await last_id(await opened(start_ms), start_ms)] * 2)
    await lived(whole, await opened(start_ms), end_ms)
    first = MarketData(SYMBOL)
    first.align(*[await last_id(await opened(start_ms), start_ms)] * 2)
    await lived(first, await opened(start_ms), stopped_ms + 1)

    again = await opened(stopped_ms, FeedPosition(stopped_ms + 1))
    data = await lived(await resumed(first, again, stopped_ms), again, end_ms)

    assert data.end == whole.end
    assert data.running_minute == whole.running_minute
    since_ms = Interval.M1.open_ms(stopped_ms)
    assert data.candles(Interval.M1, since_ms) == whole.candles(Interval.M1, since_ms)
    assert list(data.trades) == [one for one in whole.trades if one.time_ms > stopped_ms]
    assert (data.bids, data.asks) == (whole.bids, whole.asks)
    assert data.update_id == whole.update_id


@pytest.mark.parametrize("stop_ms", STOPS_MS)
@pytest.mark.parametrize("kind", [synthetic, recorded_trades, recorded_candles])
async def test_the_average_price_is_what_it_was(
    tmp_path: Path, kind: Callable[[Path], tuple[int, Started]], stop_ms: int
) -> None:
    start_ms, started = kind(tmp_path)
    stopped_ms = start_ms + MINUTE_MS // 2 + stop_ms
    again = started(stopped_ms, FeedPosition(stopped_ms + 1))
    soon_ms = stopped_ms + 20_000
    assert await averaged(again, soon_ms) == await averaged(
        started(start_ms, FROM_THE_BEGINNING), soon_ms
    )


@pytest.mark.parametrize("kind", [synthetic, recorded_trades])
async def test_after_any_event_the_next_ones_are_told_and_none_again(
    tmp_path: Path, kind: Callable[[Path], tuple[int, Started]]
) -> None:
    start_ms, started = kind(tmp_path)

    async def told(feed: Feed, count: int) -> list[tuple[MarketEvent, FeedPosition | None]]:
        await feed.open()
        found: list[tuple[MarketEvent, FeedPosition | None]] = []
        async for event in feed.events():
            found.append((event, feed.position()))
            if len(found) == count:
                break
        return found

    whole = await told(started(start_ms, FROM_THE_BEGINNING), 400)
    for last in range(5, 360, 17):
        position = whole[last][1]
        assert position is not None
        again = await told(started(whole[last][0].time_ms, position), 40)
        # How the market stands moves it no further.
        begun = [event for event, at in again if at == position]
        rest = again[len(begun) :]
        assert begun and len(rest) > 30
        assert rest == whole[last + 1 :][: len(rest)]
