"""How the markets stand is recorded every second of the exchange's time."""

import asyncio
from itertools import pairwise

import pytest

from hypersim.service.simulated_clock import SimulatedClock
from tests.support.builders import instrument
from tests.support.memory_exchange import memory_exchange
from tests.support.timed_feeds import NOON_MS

PATIENCE_S = 20


@pytest.mark.parametrize("speed", [200.0, 20_000.0])
async def test_at_any_speed_a_second_of_the_exchanges_time_lies_between_two(
    speed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypersim.service.engine.TICKERS_PAUSE_S", 0.001)
    clock, times_ms = SimulatedClock(NOON_MS, speed), list[int]()
    async with memory_exchange(instruments=[instrument()], clock=clock) as exchange:
        enough, engine = asyncio.Event(), exchange.engine
        record = engine.record_markets

        def noted() -> None:
            record()
            times_ms.append(clock.now_ms())
            if len(times_ms) == 5:
                enough.set()

        monkeypatch.setattr(engine, "record_markets", noted)
        async with asyncio.timeout(PATIENCE_S):
            await enough.wait()
    assert all(later - before >= 1_000 for before, later in pairwise(times_ms))
