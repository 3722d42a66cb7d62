"""The Binance feed while Binance is well: instruments, prices, books, trades, candles, history."""

import asyncio
import time
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.streams import stream_url
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.service.feed import FeedState
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_market import kline_price, now_ms
from tests.support.feed_tap import FeedTap
from tests.support.live_feeds import BTC, FAST, live, options


async def test_quotes_come_exactly_and_at_once(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated)
        tap.forget()
        venue.move(BTC, "40123.45")
        quote = await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")
        assert (quote.bid, quote.bid_size) == (Decimal("40123.44"), Decimal(1))
        assert (quote.ask, quote.ask_size) == (Decimal("40123.46"), Decimal(1))
        assert abs(quote.time_ms - now_ms()) < 5_000
        assert feed.status().name == "binance"
        assert feed.status().state is FeedState.LIVE
        assert feed.status().detail == "streams and REST are up"
        assert feed.status().last_event_ms is not None


async def test_the_book_equals_the_venues_book_after_many_changes(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        for step in range(60):
            venue.move(BTC, f"{40000 + step * 7 % 11}.{step:02}")
            await asyncio.sleep(0)
        bids, asks = venue.markets[BTC].bids, venue.markets[BTC].asks
        best = max(bids)
        shown = await tap.until(DepthUpdated, lambda d: bool(d.bids) and d.bids[0][0] == best)
        assert shown.bids == tuple(sorted(bids.items(), reverse=True)[:100])
        assert shown.asks == tuple(sorted(asks.items())[:100])


async def test_depth_comes_no_more_often_than_its_interval(venue: FakeBinance) -> None:
    timings = replace(FAST, depth_interval_s=0.3)
    async with live(venue, timings) as (_, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        tap.forget()
        started_s = time.monotonic()
        for step in range(50):
            venue.move(BTC, f"{40000 + step}")
        last = max(venue.markets[BTC].bids)
        await tap.until(DepthUpdated, lambda d: d.bids[0][0] == last)
        intervals = (time.monotonic() - started_s) / timings.depth_interval_s
        shown = [d for d in tap.of(DepthUpdated) if d.symbol == "BTC/USDT"]
        assert 1 <= len(shown) <= 1 + intervals


async def test_trades_are_printed_once_each_with_their_ids_and_sides(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated)
        for number in range(1, 21):
            venue.trade(BTC, "40000.01", f"0.000{number:02}", buyer_is_maker=number % 2 == 0)
        await tap.eventually(lambda: len(tap.of(TradePrinted)) == 20)
        trades = tap.of(TradePrinted)
        assert [t.venue_id for t in trades] == list(range(5_001, 5_021))
        assert trades[1].quantity == Decimal("0.00002")
        assert [t.buyer_is_maker for t in trades[:2]] == [False, True]


async def test_a_finished_minute_is_told_in_the_venues_own_words(venue: FakeBinance) -> None:
    open_ms = Interval.M1.open_ms(now_ms())
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated)
        told = await tap.until(CandleClosed, nudge=lambda: venue.close_minute(BTC, open_ms))
        assert (told.symbol, told.interval, told.candle.open_ms) == (
            "BTC/USDT",
            Interval.M1,
            open_ms,
        )
        assert told.candle.close == kline_price(open_ms)
        assert told.candle.quote_volume == Decimal("2434.19055334")
        assert len(tap.of(CandleClosed)) == 1


async def test_the_24_hours_are_the_venues(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        day = await tap.until(StatisticsUpdated, lambda s: s.symbol == "ETH/USDT")
        assert (day.open, day.high, day.low, day.last) == tuple(
            map(Decimal, (2499, 2502, 2498, 2500))
        )
        assert (day.base_volume, day.quote_volume) == (Decimal("8913.3"), Decimal(891_330))
        assert (day.trade_count, day.first_trade_id) == (76, 1)


async def test_times_never_go_back_and_never_far_ahead(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated)
        tap.forget()
        for number, lag_ms in enumerate((0, 3_000, -3_600_000, 40), 1):
            venue.markets[BTC].lag_ms = lag_ms
            venue.trade(BTC, "40000", f"{number}")
        venue.markets[BTC].lag_ms = 0
        await tap.eventually(lambda: len(tap.of(TradePrinted)) == 4)
        times = [event.time_ms for event in tap.events if event.symbol == "BTC/USDT"]
        assert times == sorted(times)
        assert times[-1] <= now_ms()


async def test_history_is_paged_to_the_exact_range(venue: FakeBinance) -> None:
    feed = BinanceFeed(options(venue.url), FAST)
    await feed.open()
    end_ms = Interval.M1.open_ms(now_ms()) - 5 * MINUTE_MS
    start_ms = end_ms - 2_500 * MINUTE_MS
    bars = await feed.history("BTC/USDT", Interval.M1, start_ms, end_ms)
    await feed.close()
    assert [bar.open_ms for bar in bars] == list(range(start_ms, end_ms, MINUTE_MS))
    assert bars[-1].close == kline_price(end_ms - MINUTE_MS)
    assert len(venue.times_asked("klines")) == 3


async def test_history_of_every_interval_ends_before_the_unfinished_bar(
    venue: FakeBinance,
) -> None:
    feed = BinanceFeed(options(venue.url), FAST)
    await feed.open()
    for interval in Interval:
        now = now_ms()
        # Five months are not five times thirty days.
        start_ms = interval.open_ms(now)
        for _ in range(5):
            start_ms = interval.open_ms(start_ms - 1)
        bars = await feed.history("BTC/USDT", interval, start_ms, now + 60_000)
        assert 5 <= len(bars) <= 6, interval
        assert all(interval.next_open_ms(bar.open_ms) <= now_ms() for bar in bars), interval
    await feed.close()


async def test_history_before_the_listing_is_empty(venue: FakeBinance) -> None:
    venue.markets[BTC].listed_ms = Interval.D1.open_ms(now_ms()) - 3 * 86_400_000
    feed = BinanceFeed(options(venue.url), FAST)
    await feed.open()
    assert len(await feed.history("BTC/USDT", Interval.D1, 0, now_ms())) == 3
    assert await feed.history("BTC/USDT", Interval.D1, 0, 86_400_000) == []
    await feed.close()


async def test_a_slow_reader_gets_the_latest_price_and_lost_trades_are_counted(
    venue: FakeBinance,
) -> None:
    feed = BinanceFeed(options(venue.url), FAST, facts_max=10)
    await feed.open()
    events = feed.events()
    while not isinstance(await anext(events), DepthUpdated):
        pass
    for number in range(25):
        venue.move(BTC, f"{41000 + number}")
        venue.trade(BTC, "41000", "1")
    notice = "15 trades or candles lost to a slow reader"
    await FeedTap().eventually(lambda: notice in feed.status().detail)
    trades: list[int | None] = []
    bids: list[Decimal] = []
    while len(trades) < 10 or bids[-1:] != [Decimal("41023.99")]:
        match await anext(events):
            case TradePrinted(venue_id=venue_id):
                trades.append(venue_id)
            case QuoteUpdated(symbol="BTC/USDT", bid=bid):
                bids.append(bid)
            case DepthUpdated(symbol="BTC/USDT", bids=levels):
                bids.append(levels[0][0])
            case _:
                pass
    await feed.close()
    assert trades == list(range(5_001, 5_011))
    assert len(bids) < 10


async def test_only_public_market_data_is_asked_for(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(StatisticsUpdated)
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
    assert {asked.path for asked in venue.asked} == {
        "exchangeInfo",
        "depth",
        "aggTrades",
        "ticker/bookTicker",
        "ticker/24hr",
    }


@pytest.mark.parametrize(
    ("api", "streams"),
    [
        ("https://api.binance.com", "wss://stream.binance.com:9443/stream"),
        ("https://api2.binance.com/", "wss://stream.binance.com:9443/stream"),
        ("https://data-api.binance.vision", "wss://data-stream.binance.vision/stream"),
        ("http://127.0.0.1:8080/binance", "ws://127.0.0.1:8080/binance/stream"),
        ("https://example.org/api/v3", "wss://example.org/stream"),
    ],
)
def test_streams_are_where_the_api_is(api: str, streams: str) -> None:
    assert stream_url(api) == streams
