"""Streams of Binance that drop, lag or leave a gap are opened and loaded again."""

import asyncio
import json
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.events import (
    DepthUpdated,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.service.feed import FeedState
from tests.support.failing_binance import has_state, mover
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import BROKEN, GARBAGE, TRUNCATED, Answer
from tests.support.fake_binance_market import now_ms
from tests.support.live_feeds import (
    BTC,
    FAST,
    live,
)


async def test_a_dropped_socket_is_opened_again(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        venue.drop_sockets()
        venue.lose_update(BTC, "45000")
        tap.forget()
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        assert shown.bids[0][0] == Decimal("44999.99")
        assert feed.status().reconnects == 1
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))


async def test_a_socket_without_frames_is_opened_again(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated)
        venue.is_silent = True
        await tap.eventually(lambda: venue.sockets_opened >= 2)
        venue.heal()
        tap.forget()
        await tap.until(DepthUpdated)


async def test_an_announced_shutdown_is_followed_by_a_new_connection(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated)
        tap.forget()
        venue.announce_shutdown()
        await tap.until(DepthUpdated)
        assert feed.status().reconnects == 1


async def test_reconnects_are_waited_out_longer_and_longer(venue: FakeBinance) -> None:
    venue.refuses_sockets = True
    timings = replace(FAST, reconnect_first_s=0.05, reconnect_cap_s=10.0)
    began_s = asyncio.get_running_loop().time()
    async with live(venue, timings) as (feed, tap):
        await tap.eventually(lambda: feed.status().reconnects >= 4)
    assert asyncio.get_running_loop().time() - began_s >= 0.05 + 0.1 + 0.2 + 0.4


async def test_a_gap_in_update_ids_loads_the_book_again(venue: FakeBinance) -> None:
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        snapshots = len(venue.times_asked("depth"))
        venue.lose_update(BTC, "39000")
        tap.forget()
        venue.move(BTC, "39000.05")
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        market = venue.markets[BTC]
        assert shown.bids == tuple(sorted(market.bids.items(), reverse=True)[:100])
        assert shown.asks == tuple(sorted(market.asks.items())[:100])
        assert len(venue.times_asked("depth")) == snapshots + 1
        assert venue.asked[-1].params.get("symbol", BTC) == BTC


async def test_a_snapshot_older_than_the_updates_is_asked_for_again(venue: FakeBinance) -> None:
    old = Answer(200, json.dumps(venue.markets[BTC].depth(1_000)))
    venue.lose_update(BTC, "39000")
    venue.next_answers("depth", old, old, old, old)
    async with live(venue) as (_, tap):
        await tap.eventually(lambda: bool(venue.sockets))
        move = mover(venue)
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT", nudge=move)
        assert shown.bids[0][0] > 42_000
        assert len(venue.times_asked("depth")) >= 4


async def test_snapshots_that_fail_are_asked_for_until_one_comes(venue: FakeBinance) -> None:
    venue.next_answers("depth", BROKEN, GARBAGE, BROKEN, TRUNCATED)
    async with live(venue) as (_, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")


async def test_unreadable_frames_are_skipped_and_counted(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated)
        for message in (
            "not json",
            "[]",
            '{"stream":"btcusdt@depth@100ms","data":{"E":1,"U":"x"}}',
            '{"stream":"btcusdt@trade","data":{"t":1,"p":"1e9","q":"1","T":1,"m":true}}',
            '{"stream":"btcusdt@bookTicker","data":{"u":9,"b":"2","B":"1","a":"1","A":"1"}}',
            '{"stream":"dogeusdt@bookTicker","data":{}}',
        ):
            venue.push_raw("btcusdt@trade", message)
        await tap.eventually(lambda: "6 unreadable frames" in feed.status().detail)
        assert not tap.of(TradePrinted)
        tap.forget()
        await tap.until(QuoteUpdated, nudge=mover(venue))
        assert feed.status().reconnects == 0


async def test_streams_that_lag_make_way_for_rest(venue: FakeBinance) -> None:
    timings = replace(FAST, stale_after_s=30.0)
    async with live(venue, timings) as (feed, tap):
        # The lag is measured against a stream that was in time.
        await tap.until(DepthUpdated, lambda d: d.bids[0][0] > 42_000, nudge=mover(venue))
        for market in venue.markets.values():
            market.lag_ms = 5_000
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "streams are behind"))
        tap.forget()
        quote = await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")
        assert now_ms() - quote.time_ms < 2_000
        for market in venue.markets.values():
            market.lag_ms = 0
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
