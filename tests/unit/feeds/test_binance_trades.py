"""The Binance feed's trades: ids, counts and candles that agree, before the streams and after."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.market.candle import MINUTE_MS, Candle, Interval
from hypersim.market.data import MarketData
from hypersim.market.events import CandleGrew, DepthUpdated, MarketEvent
from hypersim.market.number import plain
from hypersim.market.tape import PublicTrade
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import BROKEN, Answer
from tests.support.fake_binance_market import now_ms
from tests.support.feed_tap import FeedTap, listening
from tests.support.live_feeds import BTC, FAST, SettableClock, options, two_markets

SYMBOL = "BTC/USDT"
OPEN_MS = Interval.M1.open_ms(now_ms()) - MINUTE_MS
NOW_MS = OPEN_MS + 30_000
NO_OLD_TRADES = Answer(404, "<html>Not found</html>")


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    """A minute ago three orders traded with two others each, one a second; in the running minute
    one with three, ten seconds ago."""
    async with two_markets().running() as fake:
        market = fake.markets[BTC]
        for second in (1, 2, 3):
            market.trade(
                Decimal(40_000 + second),
                Decimal(second),
                Decimal(2),
                buyer_is_maker=second == 2,
                time_ms=OPEN_MS - MINUTE_MS + second * 1_000,
            )
        sizes = Decimal("0.1"), Decimal("0.2"), Decimal("0.4")
        market.trade(Decimal(40_010), *sizes, buyer_is_maker=False, time_ms=OPEN_MS + 20_000)
        yield fake


def feed_at(venue: FakeBinance) -> BinanceFeed:
    at_noon = replace(options(venue.url), clock=SettableClock(NOW_MS))
    return BinanceFeed(at_noon, FAST)


async def told(
    feed: BinanceFeed,
    from_id: int | None = None,
    start_ms: int | None = None,
    end_ms: int = NOW_MS,
    limit: int = 100,
) -> list[PublicTrade]:
    return await feed.trades(SYMBOL, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit)


async def test_past_trades_are_the_venues_by_id_by_time_and_the_latest(venue: FakeBinance) -> None:
    feed = feed_at(venue)
    await feed.open()
    everything = await told(feed, from_id=0)
    assert [trade.id for trade in everything] == list(range(5_001, 5_010))
    assert [trade.quantity for trade in everything[:4]] == [1, 2, 2, 2]
    assert [trade.buyer_is_maker for trade in everything[:4]] == [False, False, True, True]
    assert await told(feed, from_id=5_004, limit=3) == everything[3:6]
    assert await told(feed, start_ms=OPEN_MS) == everything[6:]
    assert await told(feed, start_ms=OPEN_MS - 58_000, end_ms=OPEN_MS) == everything[2:6]
    assert await told(feed, limit=4) == everything[-4:]
    assert await told(feed, end_ms=OPEN_MS, limit=1) == everything[5:6]
    assert await told(feed, start_ms=NOW_MS) == []
    await feed.close()


async def test_a_host_without_old_trades_tells_them_by_time(venue: FakeBinance) -> None:
    feed = feed_at(venue)
    await feed.open()
    exact = await told(feed, from_id=0)
    venue.always(NO_OLD_TRADES, "historicalTrades")
    shared = await told(feed, start_ms=0)
    assert [trade.id for trade in shared] == [trade.id for trade in exact]
    assert [trade.price for trade in shared] == [trade.price for trade in exact]
    sizes = [plain(trade.quantity) for trade in shared[-3:]]
    assert sizes == ["0.23333", "0.23333", "0.23334"]
    assert await told(feed, limit=4) == shared[-4:]
    await feed.close()


async def test_a_venue_that_is_away_has_no_past_trades(venue: FakeBinance) -> None:
    feed = feed_at(venue)
    await feed.open()
    venue.always(BROKEN)
    assert await told(feed, from_id=0) == []
    await feed.close()


def data_of(events: list[MarketEvent]) -> MarketData:
    data = MarketData(SYMBOL)
    for event in events:
        if event.symbol == SYMBOL:
            data.apply(event)
    return data


def running(tap: FeedTap) -> Candle:
    bar = data_of(tap.events).running_minute
    assert bar is not None
    return bar


async def test_the_running_minute_begins_at_its_open(venue: FakeBinance) -> None:
    feed = feed_at(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(CandleGrew, lambda event: event.symbol == SYMBOL)
        venue.markets[BTC].lag_ms = now_ms() - NOW_MS
        venue.trade(BTC, "40008", "1", "2", buyer_is_maker=True)
        await tap.eventually(lambda: running(tap).trade_count == 5)
        bar = running(tap)
        assert (bar.open_ms, bar.first_trade_id, bar.last_trade_id) == (OPEN_MS, 5_007, 5_011)
        prices = [plain(one) for one in (bar.open, bar.high, bar.low, bar.close)]
        assert prices == ["40010", "40010", "40008", "40008"]
        assert (plain(bar.volume), plain(bar.taker_volume)) == ("3.7", "0.7")
        data = data_of(tap.events)
        assert [trade.id for trade in data.trades] == [5_010, 5_011]


async def test_trades_that_came_while_the_minute_was_asked_for_count_once(
    venue: FakeBinance,
) -> None:
    venue.next_answers("aggTrades", BROKEN, BROKEN, BROKEN, BROKEN)
    feed = feed_at(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda event: event.symbol == SYMBOL)
        venue.markets[BTC].lag_ms = now_ms() - NOW_MS
        venue.trade(BTC, "40008", "1", "2", buyer_is_maker=True)
        await tap.until(CandleGrew, lambda event: event.symbol == SYMBOL)
        await tap.eventually(lambda: running(tap).trade_count == 5)
        venue.trade(BTC, "40009", "3")
        await tap.eventually(lambda: running(tap).trade_count == 6)
        assert (running(tap).first_trade_id, running(tap).last_trade_id) == (5_007, 5_012)


async def test_trades_missed_between_two_connections_are_in_the_minute(
    venue: FakeBinance,
) -> None:
    market = venue.markets[BTC]
    feed = feed_at(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(CandleGrew, lambda event: event.symbol == SYMBOL)
        market.lag_ms = now_ms() - NOW_MS
        venue.trade(BTC, "40008", "1")
        await tap.eventually(lambda: running(tap).trade_count == 4)
        tap_length = len(tap.of(CandleGrew))
        venue.drop_sockets()
        market.trade(Decimal(39_000), Decimal(5), buyer_is_maker=True, time_ms=NOW_MS)
        await tap.eventually(lambda: len(tap.of(CandleGrew)) > tap_length)
        venue.trade(BTC, "40007", "1")
        await tap.eventually(lambda: running(tap).trade_count == 6)
        assert (plain(running(tap).low), running(tap).last_trade_id) == ("39000", 5_012)


async def test_bars_of_the_past_know_the_ids_of_their_trades(venue: FakeBinance) -> None:
    long_ago_ms, start_ms = OPEN_MS - 130 * MINUTE_MS, OPEN_MS - 500 * MINUTE_MS
    venue.markets[BTC].trade_id = 9_000_000
    venue.markets[BTC].trade(Decimal(1), Decimal(1), buyer_is_maker=True, time_ms=long_ago_ms)
    feed = feed_at(venue)
    await feed.open()
    for interval in (Interval.M1, Interval.H1):
        bars = await feed.history(SYMBOL, interval, start_ms, OPEN_MS - MINUTE_MS)
        assert bars[-1].last_trade_id == 9_000_001
        for bar, later in pairwise(bars):
            assert bar.last_trade_id is not None
            assert later.first_trade_id == bar.last_trade_id + 1
    await feed.close()
