"""The exchange's time never goes back, neither while it runs nor over a restart."""

import asyncio

import pytest

from hypersim.service import clock as clock_module
from hypersim.service.clock import WallClock
from hypersim.service.simulated_clock import PAST_MS, SimulatedClock, clock_from

HOUR_MS = 60 * 60 * 1_000
NOON_MS = 1_700_000_000_000


class Wall:
    """The computer's own clocks: what a test sets them to."""

    def __init__(self) -> None:
        self.now_ms = NOON_MS
        self.ran_s = 0.0

    def time_ns(self) -> int:
        return self.now_ms * 1_000_000

    def monotonic(self) -> float:
        return self.ran_s

    def passes(self, passed_ms: int) -> None:
        self.now_ms += passed_ms
        self.ran_s += passed_ms / 1_000


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(clock_module, "time", made)
    return made


def test_the_wall_clock_is_the_computers(wall: Wall) -> None:
    clock = WallClock(NOON_MS - HOUR_MS)
    assert clock.now_ms() == NOON_MS
    wall.passes(7)
    assert clock.now_ms() == NOON_MS + 7


def test_a_wall_clock_behind_the_record_begins_there_and_passes_slowly_until_it_has_caught_up(
    wall: Wall,
) -> None:
    recorded_ms = NOON_MS + 2 * HOUR_MS
    clock = WallClock(recorded_ms)
    assert clock.now_ms() == recorded_ms
    wall.passes(1_000)
    assert clock.now_ms() == recorded_ms + 500
    wall.passes(HOUR_MS)
    assert recorded_ms < clock.now_ms() < recorded_ms + HOUR_MS
    wall.passes(4 * HOUR_MS)
    assert clock.now_ms() == wall.now_ms


def test_a_wall_clock_that_is_set_back_passes_slowly_each_time(wall: Wall) -> None:
    clock = WallClock()
    for _ in range(2):
        before_ms = clock.now_ms()
        wall.now_ms -= HOUR_MS
        assert clock.now_ms() == before_ms
        wall.passes(1_000)
        assert clock.now_ms() == before_ms + 500
        wall.passes(3 * HOUR_MS)
        assert clock.now_ms() == wall.now_ms


async def test_a_wall_clock_that_is_behind_wakes_who_waits() -> None:
    clock = WallClock(WallClock().now_ms() + HOUR_MS)
    due_ms = clock.now_ms() + 20
    await asyncio.wait_for(clock.wait_until(due_ms), 5)
    assert clock.now_ms() >= due_ms


async def test_a_simulated_clock_wakes_those_who_wait_in_the_order_of_time() -> None:
    clock = SimulatedClock(NOON_MS, 0)
    woken: list[int] = []

    async def wait(time_ms: int) -> None:
        await clock.wait_until(time_ms)
        assert clock.now_ms() >= time_ms
        woken.append(time_ms)

    waiting = [asyncio.create_task(wait(NOON_MS + after)) for after in (30, 10, 20)]
    await asyncio.sleep(0)
    await clock.sleep_until(NOON_MS + 100)
    await asyncio.gather(*waiting)
    assert woken == [NOON_MS + 10, NOON_MS + 20, NOON_MS + 30]


def test_time_begins_where_it_is_told_to_and_never_before_the_record() -> None:
    assert isinstance(clock_from([None, None], 0, 1), WallClock)
    assert clock_from([None, NOON_MS], 0, 0).now_ms() == NOON_MS
    assert clock_from([NOON_MS, NOON_MS + 1], 0, 0).now_ms() == NOON_MS + 1
    assert clock_from([NOON_MS], NOON_MS + 5, 0).now_ms() == NOON_MS + 5
    assert clock_from([None], NOON_MS + 5, 0).now_ms() == NOON_MS + 5
    clients_ms = WallClock().now_ms()
    assert clients_ms - PAST_MS <= clock_from([None], 0, 0).now_ms() <= clients_ms


async def test_a_clock_that_jumps_takes_no_longer_than_it_must() -> None:
    clock = SimulatedClock(NOON_MS, 0)
    await clock.sleep_until(NOON_MS + 1_000, slack_s=5.0)
    assert clock.now_ms() == NOON_MS + 1_000
