"""One story for each way in which a running Binance can fail, and the recovery from it."""

from decimal import Decimal
from itertools import pairwise

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
from tests.support.failing_binance import POLLS, has_state, mover
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import (
    BROKEN,
    GARBAGE,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
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
)

HUNG = f"no answer within {FAST.request_s:g} s"


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
