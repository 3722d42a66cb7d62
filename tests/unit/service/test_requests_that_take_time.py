"""Where time only moves in steps, a request that takes time moves it, or waits for an advance."""

import asyncio
from typing import Any

import pytest

from hypersim.service.advance import AdvanceRunning, Advancing, Wanted
from hypersim.service.obliging import Obliging
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.builders import instrument
from tests.support.memory_exchange import memory_exchange
from tests.support.timed_feeds import NOON_MS

PATIENCE_S = 20


@pytest.fixture
async def advancing() -> Any:
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    async with memory_exchange(instruments=[instrument()], clock=clock) as exchange:
        services = exchange.services
        advancing = Advancing(
            exchange.engine, clock, services.outboxes, lambda: clock.waiting, has_end=False
        )
        clock.moves_for = Obliging(advancing).move_to
        async with asyncio.timeout(PATIENCE_S):
            yield advancing


async def taking(clock: SimulatedClock, ms: int) -> int:
    """A request that takes so long; how late it is when it goes on."""
    await clock.wait_until(NOON_MS + ms)
    return clock.now_ms() - NOON_MS


async def test_one_after_the_other_each_is_answered_when_it_is_due(advancing: Advancing) -> None:
    assert [await taking(advancing.clock, ms) for ms in (500, 700, 700, 90_000)] == [
        *(500, 700, 700, 90_000)
    ]
    assert advancing.clock.now_ms() == NOON_MS + 90_000


async def test_of_several_at_once_each_goes_on_in_its_own_moment(advancing: Advancing) -> None:
    waits = (900, 300, 600, 300)
    assert await asyncio.gather(*[taking(advancing.clock, ms) for ms in waits]) == [*waits]


async def test_an_advance_that_runs_meanwhile_goes_first(advancing: Advancing) -> None:
    running = asyncio.ensure_future(advancing.advance(Wanted(NOON_MS + 400)))
    await asyncio.sleep(0)
    assert await asyncio.gather(*[taking(advancing.clock, ms) for ms in (600, 800)]) == [600, 800]
    assert (await running).now_ms == NOON_MS + 400


async def test_who_advances_waits_for_time_that_is_moved_for_a_request(
    advancing: Advancing,
) -> None:
    request = asyncio.ensure_future(taking(advancing.clock, 300))
    for _ in range(3):
        await asyncio.sleep(0)
    assert advancing.is_running
    done = await advancing.advance(Wanted(NOON_MS + 1_000))
    assert (await request, done.now_ms) == (300, NOON_MS + 1_000)
    first = asyncio.ensure_future(advancing.advance(Wanted(NOON_MS + 2_000)))
    await asyncio.sleep(0)
    with pytest.raises(AdvanceRunning):
        await advancing.advance(Wanted(NOON_MS + 3_000))
    await first


async def test_who_gives_clients_time_to_react_does_not_wait_for_those_that_wait_for_time(
    advancing: Advancing,
) -> None:
    request = asyncio.ensure_future(taking(advancing.clock, 5_000))
    await asyncio.sleep(0)
    await advancing.advance(Wanted(NOON_MS + 10_000, settle_ms=5, pace_ms=1_000))
    assert await request == 5_000


async def test_held_it_waits_until_somebody_advances_time(advancing: Advancing) -> None:
    advancing.clock.moves_for = None
    request = asyncio.ensure_future(taking(advancing.clock, 500))
    await advancing.advance(Wanted(NOON_MS + 499))
    await asyncio.sleep(0)
    assert not request.done()
    await advancing.advance(Wanted(NOON_MS + 600))
    assert await request == 500


async def test_a_client_that_hangs_up_leaves_nobody_waiting(advancing: Advancing) -> None:
    request = asyncio.ensure_future(taking(advancing.clock, 500))
    await asyncio.sleep(0)
    request.cancel()
    assert await taking(advancing.clock, 800) == 800
    assert advancing.clock.waiting == 0
