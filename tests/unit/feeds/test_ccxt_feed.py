"""The CCXT feed, with CCXT's own Binance class pointed at the fake Binance."""

from decimal import Decimal
from itertools import count, pairwise

import pytest
from msgspec.structs import replace

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
from tests.support.ccxt_feed import has_state, make
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import (
    BROKEN,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
    rate_limited,
)
from tests.support.fake_binance_market import kline_price, now_ms
from tests.support.feed_tap import listening
from tests.support.live_feeds import (
    BTC,
    SettableClock,
    options,
)


async def test_prices_books_and_statistics_are_polled_exactly(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        quote = await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")
        assert (quote.bid, quote.ask) == (Decimal("39999.99"), Decimal("40000.01"))
        day = await tap.until(StatisticsUpdated, lambda s: s.symbol == "BTC/USDT")
        assert (day.open, day.high, day.low, day.last) == tuple(
            map(Decimal, (39_999, 40_002, 39_998, 40_000))
        )
        assert day.base_volume == Decimal("8913.3")
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        market = venue.markets[BTC]
        assert shown.bids == tuple(sorted(market.bids.items(), reverse=True)[:100])
        assert shown.asks == tuple(sorted(market.asks.items())[:100])
        assert has_state(feed, FeedState.LIVE, "polls are answered")
        assert feed.status().name == "ccxt:binance"
        tap.forget()
        venue.lose_update(BTC, "9999.5")
        shown = await tap.until(DepthUpdated, lambda d: d.bids[0][0] == Decimal("9999.49"))
        assert shown.asks[-1][0] == Decimal("10000.50")


async def test_each_new_trade_is_printed_once(venue: FakeBinance) -> None:
    venue.trade(BTC, "39000", "9")
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        polls = len(venue.times_asked("aggTrades"))
        await tap.eventually(lambda: len(venue.times_asked("aggTrades")) >= polls + 3)
        assert not tap.of(TradePrinted)
        for number in range(1, 6):
            venue.trade(BTC, "40000.01", f"0.0{number}", buyer_is_maker=number == 1)
        await tap.eventually(lambda: len(tap.of(TradePrinted)) >= 5)
        trades = tap.of(TradePrinted)
        assert [str(trade.quantity) for trade in trades] == [f"0.0{n}000000" for n in range(1, 6)]
        # Numbers of our own are without gaps, and the record keeps what nobody tells again.
        assert {trade.venue_id for trade in trades} == {None}
        assert trades[0].buyer_is_maker
        assert not trades[1].buyer_is_maker
        assert trades[4].quantity == Decimal("0.05")
        assert "not all seen" not in feed.status().detail


async def test_finished_minutes_are_told_once_each(venue: FakeBinance) -> None:
    clock = SettableClock(now_ms() - 3 * MINUTE_MS)
    feed = make(venue, replace(options(venue.url), clock=clock))
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        first_ms = Interval.M1.open_ms(clock.now_ms())
        clock.set(now_ms())
        last_ms = Interval.M1.open_ms(clock.now_ms()) - MINUTE_MS
        told = await tap.until(
            CandleClosed, lambda c: c.symbol == "ETH/USDT" and c.candle.open_ms == last_ms
        )
        assert told.candle.close == kline_price(last_ms)
        opens = [c.candle.open_ms for c in tap.of(CandleClosed) if c.symbol == "ETH/USDT"]
        assert opens == list(range(first_ms, last_ms + 1, MINUTE_MS))


async def test_history_is_paged_and_a_failure_gives_none(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    end_ms = Interval.M1.open_ms(now_ms())
    start_ms = end_ms - 1_800 * MINUTE_MS
    bars = await feed.history("BTC/USDT", Interval.M1, start_ms, end_ms)
    assert [bar.open_ms for bar in bars] == list(range(start_ms, end_ms, MINUTE_MS))
    venue.always(BROKEN)
    assert await feed.history("BTC/USDT", Interval.M1, start_ms, end_ms) == []
    await feed.close()


async def test_a_limit_is_obeyed_until_retry_after_is_over(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        venue.next_answers("depth", rate_limited(1))
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "limits our requests"))
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        times = sorted(asked.at_s for asked in venue.asked)
        assert max(after - before for before, after in pairwise(times)) >= 0.9
        assert feed.status().reconnects == 1


@pytest.mark.parametrize("failure", [BROKEN, WRONG_TYPES, TRUNCATED, HANGING])
async def test_a_failing_exchange_goes_stale_and_recovers(
    venue: FakeBinance, failure: Answer
) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        venue.always(failure)
        await tap.eventually(lambda: len(tap.of(FeedStalled)) == 2)
        assert has_state(feed, FeedState.STALE, "no fresh price of BTC/USDT")
        venue.heal()
        prices = count(41_000)
        await tap.eventually(
            lambda: has_state(feed, FeedState.LIVE),
            nudge=lambda: venue.lose_update(BTC, str(next(prices))),
        )
        assert len(tap.of(FeedStalled)) == 2
