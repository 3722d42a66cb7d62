"""One story for each way in which a running Binance can fail, and the recovery from it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from itertools import count, pairwise

import pytest
from msgspec.structs import replace

from hypersim.feeds.binance import resync
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    FeedStalled,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.service.feed import FeedState
from tests.support.fake_binance import (
    BROKEN,
    GARBAGE,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
    FakeBinance,
    banned,
    rate_limited,
)
from tests.support.fake_binance_market import now_ms
from tests.support.feed_tap import listening
from tests.support.live_feeds import (
    BTC,
    ETH,
    FAST,
    SettableClock,
    live,
    options,
    settle,
    two_markets,
)

POLLS = "ticker/bookTicker"

HUNG = f"no answer within {FAST.request_s:g} s"


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    async with two_markets().running() as fake:
        yield fake


def mover(venue: FakeBinance) -> Callable[[], None]:
    """Moves Bitcoin a little at each call."""
    steps = count(42_001)
    return lambda: venue.move(BTC, str(next(steps)))


def has_state(feed: BinanceFeed, state: FeedState, words: str = "") -> bool:
    status = feed.status()
    return status.state is state and words in status.detail


async def test_after_429_nothing_is_asked_until_retry_after_is_over(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.next_answers(POLLS, rate_limited(1))
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "HTTP 429"))
        asked = len(venue.asked)
        tap.forget()
        await tap.until(QuoteUpdated, nudge=mover(venue))
        assert len(venue.asked) == asked
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        gap_s = max(after - before for before, after in pairwise(venue.times_asked(POLLS)))
        assert gap_s >= 1


async def test_a_ban_is_said_clearly_and_waited_out(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.next_answers(POLLS, banned(1))
        words = "Binance has banned this address (HTTP 418): no requests until"
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, words))
        asked = len(venue.asked)
        assert await feed.history("BTC/USDT", Interval.M1, 0, now_ms()) == []
        assert len(venue.asked) == asked
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        times = venue.times_asked(POLLS)
        assert max(after - before for before, after in pairwise(times)) >= 1


async def test_a_429_without_retry_after_is_obeyed_as_well(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.next_answers(POLLS, Answer(429, "slow down"))
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "HTTP 429"))
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        times = venue.times_asked(POLLS)
        assert max(after - before for before, after in pairwise(times)) >= FAST.rate_limited_s


async def test_failures_in_a_row_are_waited_out_longer_and_longer(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.always(BROKEN)
        start = len(venue.asked)
        await tap.eventually(lambda: len(venue.asked) >= start + 4)
        times = [asked.at_s for asked in venue.asked[start:]]
        gaps_s = [after - before for before, after in pairwise(times)]
        for gap_s, least_s in zip(gaps_s, (0.05, 0.1, 0.15), strict=False):
            assert least_s <= gap_s < least_s + 0.3
        venue.heal()
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))


async def test_hanging_requests_end_and_streams_go_on(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.always(HANGING)
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, HUNG))
        tap.forget()
        await tap.until(QuoteUpdated, nudge=mover(venue))
        venue.heal()
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))


async def test_garbage_over_rest_is_skipped(venue: FakeBinance) -> None:
    venue.refuses_sockets = True
    async with live(venue) as (_, tap):
        venue.next_answers(
            POLLS,
            GARBAGE,
            TRUNCATED,
            WRONG_TYPES,
            Answer(
                200,
                '[{"symbol":"BTCUSDT","bidPrice":"NaN","bidQty":"1","askPrice":"2","askQty":"1"}]',
            ),
            Answer(200, "\x00\xff"),
        )
        quote = await tap.until(QuoteUpdated)
        assert quote.bid in {Decimal("39999.99"), Decimal("2499.99")}


async def test_a_symbol_that_leaves_the_venue_does_not_stop_the_others(
    venue: FakeBinance,
) -> None:
    venue.refuses_sockets = True
    async with live(venue) as (_, tap):
        await tap.until(QuoteUpdated, lambda q: q.symbol == "ETH/USDT")
        del venue.markets[ETH]
        stalled = await tap.until(FeedStalled)
        assert stalled.symbol == "ETH/USDT"
        tap.forget()
        await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")


async def test_rest_alone_carries_the_feed(venue: FakeBinance) -> None:
    venue.refuses_sockets = True
    async with live(venue) as (feed, tap):
        quote = await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")
        assert (quote.bid, quote.ask) == (Decimal("39999.99"), Decimal("40000.01"))
        day = await tap.until(StatisticsUpdated, lambda s: s.symbol == "BTC/USDT")
        assert (day.last, day.trade_count) == (Decimal(40_000), 76)
        assert has_state(feed, FeedState.DEGRADED, "streams are down (HTTP 503)")
        tap.forget()
        venue.lose_update(BTC, "43210")
        await tap.until(QuoteUpdated, lambda q: q.bid == Decimal("43209.99"))
        venue.heal()
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        await tap.until(DepthUpdated)


async def test_minutes_that_the_streams_missed_are_fetched(venue: FakeBinance) -> None:
    """The clock stands four minutes after the last minute that the exchange was told of."""
    clock = SettableClock(now_ms() - 5 * MINUTE_MS)
    feed = BinanceFeed(replace(options(venue.url), clock=clock), FAST)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(StatisticsUpdated)
        first_ms = Interval.M1.open_ms(clock.now_ms())
        await tap.eventually(lambda: feed.status().state is FeedState.LIVE)
        clock.set(now_ms())
        last_ms = Interval.M1.open_ms(now_ms()) - MINUTE_MS
        await tap.until(
            CandleClosed, lambda c: c.symbol == "BTC/USDT" and c.candle.open_ms == last_ms
        )
        told = [c.candle.open_ms for c in tap.of(CandleClosed) if c.symbol == "BTC/USDT"]
        assert told[: 1 + (last_ms - first_ms) // MINUTE_MS] == list(
            range(first_ms, last_ms + 1, MINUTE_MS)
        )


async def test_streams_alone_carry_the_feed(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        venue.always(BROKEN)
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "HTTP 503"))
        tap.forget()
        venue.move(ETH, "2600")
        await tap.until(DepthUpdated, lambda d: d.bids[0][0] == Decimal("2599.99"))
        venue.trade(ETH, "2600", "1.5")
        await tap.until(TradePrinted)
        await tap.until(StatisticsUpdated)
        assert not tap.of(FeedStalled)


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


async def test_a_stale_symbol_is_told_once_and_recovers_with_its_next_price(
    venue: FakeBinance,
) -> None:
    async with live(venue) as (feed, tap):
        await settle(tap)
        venue.is_silent = True
        venue.always(BROKEN)
        tap.forget()
        await tap.eventually(lambda: has_state(feed, FeedState.STALE))
        await tap.eventually(lambda: len(tap.of(FeedStalled)) == 2)
        assert "no fresh price of BTC/USDT" in feed.status().detail
        asked = len(venue.asked)
        await tap.eventually(lambda: len(venue.asked) >= asked + 3)
        assert {event.symbol for event in tap.of(FeedStalled)} == {"BTC/USDT", "ETH/USDT"}
        assert len(tap.of(FeedStalled)) == 2
        venue.heal()
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE), nudge=mover(venue))
        recovered = tap.events[tap.events.index(tap.of(FeedStalled)[-1]) :]
        assert any(isinstance(event, QuoteUpdated | DepthUpdated) for event in recovered)


async def test_a_symbol_without_any_price_goes_stale_too(venue: FakeBinance) -> None:
    venue.is_silent = True
    venue.always(BROKEN, POLLS, "depth")
    async with live(venue) as (feed, tap):
        assert feed.status().state is FeedState.STARTING
        await tap.eventually(lambda: len(tap.of(FeedStalled)) == 2)
        assert feed.status().state is FeedState.STALE


async def test_a_quiet_market_is_not_stale(venue: FakeBinance) -> None:
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated)
        venue.always(BROKEN)
        start_ms = now_ms()
        await tap.eventually(lambda: now_ms() - start_ms > 1_500 * FAST.stale_after_s)
        assert not tap.of(FeedStalled)
        assert feed.status().state is FeedState.DEGRADED


def test_the_defaults_ask_for_a_quarter_of_what_binance_allows() -> None:
    timings = BinanceTimings()
    per_minute = 60 * (timings.poll_weight_per_s + timings.bulk_weight_per_s)
    assert per_minute <= 6_000 / 4
    assert timings.bulk_weight_burst <= 6_000 / 4


async def test_a_price_that_drifts_out_of_the_snapshot_brings_a_new_one(
    venue: FakeBinance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Levels beyond a cut snapshot are unknown until they change."""
    monkeypatch.setattr(resync, "SNAPSHOT_LEVELS", 120)
    async with live(venue) as (_, tap):
        await settle(tap)
        snapshots = len(venue.times_asked("depth"))
        move = mover(venue)
        await tap.eventually(lambda: len(venue.times_asked("depth")) > snapshots, nudge=move)
        market = venue.markets[BTC]
        best = max(market.bids)
        shown = await tap.until(DepthUpdated, lambda d: d.bids[0][0] == best)
        assert shown.bids == tuple(sorted(market.bids.items(), reverse=True)[:100])
