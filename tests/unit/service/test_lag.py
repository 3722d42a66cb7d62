"""A market that cannot keep up with the clock: others have their turn, its minutes wait for it, and
it is said so."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from structlog.testing import capture_logs

from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import HOUR_MS, MINUTE_MS, Interval
from hypersim.market.events import TradePrinted
from hypersim.service.lag import LAG_MS, LOOKS, Lag
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.builders import SYMBOL
from tests.support.memory_exchange import memory_exchange
from tests.support.timed_feeds import NOON_MS, options_at


def warnings_of(lags_ms: Iterable[int]) -> list[int]:
    """At which seconds of lag something is said."""
    lag = Lag(lambda: 0)
    with capture_logs() as lines:
        for lag_ms in lags_ms:
            assert lag.told_by(lag_ms) == 0
    return [line["behind_s"] for line in lines]


def test_a_lag_that_grows_is_said_and_again_when_it_has_doubled() -> None:
    steps = [LAG_MS * number for number in range(1, 10 * LOOKS)]
    said = warnings_of(steps)
    assert said[0] == LAG_MS * (LOOKS + 1) // 1000
    assert len(said) == 3
    assert all(later >= 2 * earlier for earlier, later in pairwise(said))


def test_a_lag_that_comes_and_goes_is_not_worth_a_word() -> None:
    assert warnings_of([LAG_MS * (2 + number % 3) for number in range(50)]) == []
    assert warnings_of(range(0, LAG_MS, 1_000)) == []


async def test_others_have_their_turn_while_a_feed_catches_up() -> None:
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    feed = SyntheticFeed(options_at(clock=clock))
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(take_turns())
    asyncio.get_running_loop().call_soon(clock.move_to, NOON_MS + HOUR_MS)
    async for event in feed.events():
        if event.time_ms > NOON_MS + MINUTE_MS:
            break
    others.cancel()
    assert turns > 50, "a feed that has an hour to tell leaves nobody else a turn"


async def test_minutes_are_over_once_the_feed_has_told_them() -> None:
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    async with memory_exchange(clock=clock) as exchange:
        engine = exchange.engine
        data = engine.view.markets[SYMBOL]
        engine.lag.told_ms = lambda: NOON_MS + MINUTE_MS
        await engine.move_market(TradePrinted(SYMBOL, NOON_MS, Decimal(100), Decimal(1), False))
        await engine.settled()
        clock.move_to(NOON_MS + HOUR_MS)
        engine.record_markets()
        await engine.settled()
        assert [bar.open_ms for bar in data.candles(Interval.M1, NOON_MS)] == [
            NOON_MS,
            NOON_MS + MINUTE_MS,
        ]
        engine.lag.told_ms = clock.now_ms
        engine.record_markets()
        assert len(data.candles(Interval.M1, NOON_MS)) == HOUR_MS // MINUTE_MS + 1
