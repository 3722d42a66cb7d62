"""What a recording of trades tells again: its own rows, under its own ids, up to now."""

from pathlib import Path

import pytest

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.market.candle import HOUR_MS, MINUTE_MS, Interval
from hypersim.market.events import TradePrinted
from hypersim.market.tape import PublicTrade
from tests.support.recordings import T0, of, replaying, saved, trade
from tests.support.timed_feeds import events_of

SYMBOL = "BTC/USDT"
COUNT = 5_000
FIRST_ID = 700
NEVER_MS = T0 * 2


def at(number: int) -> int:
    """Two trades at a time but for the first, a tenth of a second apart: numbers 999 and 1,000 are
    of one moment, though of two packs."""
    return T0 + (number + 1) // 2 * 100


def row(number: int) -> str:
    return trade(FIRST_ID + number, at(number), str(20_000 + number % 7))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that overlap."""
    saved(tmp_path / "BTCUSDT-trades-a.csv", *map(row, range(3_000)))
    saved(tmp_path / "BTCUSDT-trades-b.csv", *map(row, range(2_500, COUNT)))
    return tmp_path


async def opened(path: Path, now_ms: int) -> ReplayFeed:
    feed = replaying(path, now_ms=now_ms)
    await feed.open()
    return feed


async def numbers(
    feed: ReplayFeed,
    from_id: int | None = None,
    start_ms: int | None = None,
    end_ms: int = NEVER_MS,
    limit: int = 1_000,
) -> list[int]:
    found = await feed.trades(
        SYMBOL, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
    )
    return [one.id - FIRST_ID for one in found]


async def test_they_are_the_trades_that_were_played(folder: Path) -> None:
    feed = replaying(folder)
    await feed.open()
    played = of(TradePrinted, await events_of(feed))
    told = await feed.trades(SYMBOL, from_id=0, start_ms=None, end_ms=NEVER_MS, limit=COUNT)
    assert told == [
        PublicTrade(one.venue_id or 0, one.time_ms, one.price, one.quantity, one.buyer_is_maker)
        for one in played
    ]
    assert len(told) == COUNT


async def test_any_page_of_them_can_be_had(folder: Path) -> None:
    feed = await opened(folder, at(COUNT))
    assert await numbers(feed, limit=3) == [COUNT - 3, COUNT - 2, COUNT - 1]
    assert await numbers(feed, end_ms=at(1_001), limit=3) == [998, 999, 1_000]
    assert await numbers(feed, FIRST_ID + 999, limit=1_002) == list(range(999, 2_001))
    assert await numbers(feed, FIRST_ID + COUNT) == []
    assert await numbers(feed, 0, limit=2) == [0, 1]
    assert await numbers(feed, start_ms=at(1_000), limit=3) == [999, 1_000, 1_001]
    assert await numbers(feed, start_ms=at(1_001) + 1, limit=2) == [1_003, 1_004]
    assert await numbers(feed, start_ms=at(10), end_ms=at(14)) == [9, 10, 11, 12]
    assert await numbers(feed, start_ms=0, end_ms=T0) == []


async def test_nothing_is_told_of_what_is_still_to_come(folder: Path) -> None:
    feed = await opened(folder, at(100))
    assert await numbers(feed, limit=3) == [98, 99, 100]
    assert await numbers(feed, FIRST_ID + 100) == [100]
    assert await numbers(feed, start_ms=at(100)) == [99, 100]
    assert await numbers(await opened(folder, T0 - 1)) == []


async def test_what_was_read_before_a_row_that_is_no_good_is_told(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-trades.csv", row(0), row(1), "703,free,1,1,2,True,True", row(3))
    feed = await opened(tmp_path, at(10))
    with pytest.raises(Exception, match="line 3"):
        await numbers(feed)
    assert await numbers(feed) == [0, 1]


async def test_bars_are_made_of_them_where_no_candles_were_recorded(folder: Path) -> None:
    now_ms = at(COUNT)
    feed = await opened(folder, now_ms)
    assert await feed.beginning_ms(SYMBOL) == T0
    minutes = await feed.history(SYMBOL, Interval.M1, 0, NEVER_MS)
    assert [one.open_ms for one in minutes] == list(range(T0, now_ms - MINUTE_MS, MINUTE_MS))
    for minute in minutes:
        inside = await feed.trades(
            SYMBOL,
            from_id=None,
            start_ms=minute.open_ms,
            end_ms=minute.open_ms + MINUTE_MS,
            limit=COUNT,
        )
        assert minute.volume == sum(one.quantity for one in inside)
        assert minute.quote_volume == sum(one.quantity * one.price for one in inside)
        assert (minute.first_trade_id, minute.trade_count) == (inside[0].id, len(inside))
        assert (minute.open, minute.close) == (inside[0].price, inside[-1].price)
    later = await feed.history(SYMBOL, Interval.M1, T0 + 1, T0 + 2 * MINUTE_MS)
    assert later == minutes[1:2]
    assert await feed.history(SYMBOL, Interval.H1, 0, NEVER_MS) == []
    ended = await opened(folder, T0 + HOUR_MS)
    (hour,) = await ended.history(SYMBOL, Interval.H1, 0, NEVER_MS)
    assert (hour.trade_count, hour.first_trade_id) == (COUNT, FIRST_ID)
