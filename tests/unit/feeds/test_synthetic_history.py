"""The history of the synthetic feed: sound candles of every interval, as far back as 2017."""

import asyncio
import time
from itertools import pairwise

import pytest

from hypersim.feeds.synthetic.feed import DAYS_AT_ONCE, SyntheticFeed
from hypersim.feeds.synthetic.market import SyntheticMarket
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Interval, aggregate
from hypersim.market.instrument import Instrument
from tests.support.timed_feeds import HISTORY_START_MS, NOON_MS, options_at, packaged_instruments

BTC, XRP = (packaged_instruments()[number] for number in (0, 4))


YEARS_AGO_MS = NOON_MS - 1_500 * DAY_MS


UNLIKE = {"BTC/USDT", "DOGE/USDT", "ETH/USDC", "SOL/BTC"}
"""A fine step and whole coins, the other dollar, and a cross."""


@pytest.mark.parametrize(
    "symbol", ["BTC/USDT", pytest.param("TRX/USDT", marks=pytest.mark.slow), "SOL/BTC"]
)
@pytest.mark.parametrize("interval", [one for one in Interval if one is not Interval.S1])
async def test_a_longer_candle_is_what_its_minutes_or_days_add_up_to(
    symbol: str, interval: Interval
) -> None:
    feed = SyntheticFeed(options_at())
    # Years ago and weeks ago, both.
    end_ms = interval.open_ms(YEARS_AGO_MS if interval.length_ms < DAY_MS else NOON_MS)
    start_ms = interval.open_ms(end_ms - 2 * interval.length_ms)
    longer = await feed.history(symbol, interval, start_ms, end_ms)
    added = aggregate(await feed.history(symbol, Interval.M1, start_ms, end_ms), interval)
    assert len(longer) in (2, 3)
    assert longer == added


async def test_seconds_add_up_to_their_minute() -> None:
    feed = SyntheticFeed(options_at())
    start_ms = NOON_MS - 5 * MINUTE_MS
    seconds = await feed.history("ETH/USDT", Interval.S1, start_ms, NOON_MS)
    assert len(seconds) == 300
    minutes = await feed.history("ETH/USDT", Interval.M1, start_ms, NOON_MS)
    assert aggregate(seconds, Interval.M1) == minutes
    part = await feed.history("ETH/USDT", Interval.S1, start_ms + 1_500, start_ms + 4_001)
    assert part == seconds[2:5]


@pytest.mark.parametrize(
    "instrument",
    [
        pytest.param(one, id=one.id, marks=() if one.symbol in UNLIKE else pytest.mark.slow)
        for one in packaged_instruments()
    ],
)
async def test_every_candle_is_sound(instrument: Instrument) -> None:
    feed = SyntheticFeed(options_at(instruments=(instrument,)))
    for interval in Interval:
        bars = 60 if interval.length_ms < DAY_MS else 3
        start_ms = interval.open_ms(NOON_MS - bars * interval.length_ms)
        candles = await feed.history(instrument.symbol, interval, start_ms, NOON_MS)
        assert len(candles) >= bars - 1
        opens = [candle.open_ms for candle in candles]
        assert all(interval.next_open_ms(a) == b for a, b in pairwise(opens))
        for candle in candles:
            assert 0 < candle.low <= min(candle.open, candle.close)
            assert max(candle.open, candle.close) <= candle.high
            assert candle.volume * candle.low <= candle.quote_volume
            assert candle.quote_volume <= candle.volume * candle.high
            assert 0 <= candle.taker_volume <= candle.volume
            assert 0 <= candle.taker_quote_volume <= candle.quote_volume
            assert instrument.is_on_tick(candle.high)
            assert instrument.is_on_step(candle.volume)
        if interval is not Interval.S1:
            assert all(a.close == b.open for a, b in pairwise(candles))


async def test_only_closed_candles_between_the_bounds_are_history() -> None:
    feed = SyntheticFeed(options_at(NOON_MS + 30_000))
    symbol = BTC.symbol
    running = await feed.history(symbol, Interval.H1, NOON_MS - HOUR_MS, NOON_MS + DAY_MS)
    assert [candle.open_ms for candle in running] == [NOON_MS - HOUR_MS]
    inside = await feed.history(
        symbol, Interval.M1, NOON_MS - 2 * MINUTE_MS - 1, NOON_MS - MINUTE_MS
    )
    assert [candle.open_ms for candle in inside] == [NOON_MS - 2 * MINUTE_MS]
    assert await feed.history(symbol, Interval.M1, NOON_MS, NOON_MS) == []
    assert await feed.history(symbol, Interval.M1, NOON_MS + 1, NOON_MS + 50) == []
    assert await feed.history("NO/PAIR", Interval.M1, 0, NOON_MS) == []


@pytest.mark.parametrize("interval", list(Interval))
async def test_history_begins_in_2017_and_leads_on_without_a_hole(interval: Interval) -> None:
    feed = SyntheticFeed(options_at())
    end_ms = HISTORY_START_MS + min(2 * interval.length_ms, 40 * DAY_MS)
    first = interval.open_ms(HISTORY_START_MS)
    bars = await feed.history(BTC.symbol, interval, 0, end_ms)
    assert [bar.open_ms for bar in bars][:2] == [first, interval.next_open_ms(first)]
    assert await feed.history(BTC.symbol, interval, 0, first) == []


async def test_long_bars_are_made_in_slices_one_market_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    running: list[str] = []

    def make_days(market: SyntheticMarket, first: int, end: int) -> None:
        running.append(market.symbol)
        assert len(running) == 1
        made.append(end - first)
        wanted(market, first, end)
        running.pop()

    wanted = SyntheticMarket.make_days
    monkeypatch.setattr(SyntheticMarket, "make_days", make_days)
    feed = SyntheticFeed(options_at())
    start_ms = NOON_MS - 150 * DAY_MS
    questions = [feed.history(one.symbol, Interval.W1, start_ms, NOON_MS) for one in (BTC, XRP)]
    weeks, others = await asyncio.gather(*questions)
    assert made and max(made) <= DAYS_AT_ONCE < sum(made) / 2
    assert (len(weeks), len(others)) == (21, 21)
    made.clear()
    assert await feed.history(BTC.symbol, Interval.W1, start_ms, NOON_MS) == weeks
    assert made == []


async def test_a_day_of_minutes_of_every_market_is_quick() -> None:
    feed = SyntheticFeed(options_at())
    started = time.perf_counter()
    for instrument in packaged_instruments()[:13]:
        minutes = await feed.history(instrument.symbol, Interval.M1, NOON_MS - DAY_MS, NOON_MS)
        assert len(minutes) == 1_440
    # 0.12 s on a quiet machine; a machine that tests is not quiet.
    assert time.perf_counter() - started < 1.5
