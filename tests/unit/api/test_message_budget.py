"""How much a client may say on a socket follows the exchange's time."""

import pytest

from hypersim.api.sockets.budget import Budget, Heard
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.timed_feeds import NOON_MS

FIVE = Budget(5)


class Loop:
    """Whose time is what the test says."""

    now_s = 100.0

    def time(self) -> float:
        return self.now_s


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr("time.monotonic", loop.time)
    monkeypatch.setattr("asyncio.get_running_loop", lambda: loop)
    return loop


def spoken(heard: Heard, times: int) -> list[bool]:
    return [heard.has_room() for _ in range(times)]


@pytest.mark.parametrize("speed", [1.0, 60.0, 0.5])
def test_a_second_of_the_exchanges_time_is_over_when_it_says_so(speed: float, wall: Loop) -> None:
    heard = Heard(FIVE, SimulatedClock(NOON_MS, speed))
    assert spoken(heard, 6) == [True] * 5 + [False]
    wall.now_s += 0.999 / speed
    assert spoken(heard, 1) == [False]
    wall.now_s += 0.002 / speed
    assert spoken(heard, 6) == [True] * 5 + [False]


def test_where_time_moves_in_steps_a_second_of_either_clock_is_enough(wall: Loop) -> None:
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    heard = Heard(FIVE, clock)
    assert spoken(heard, 6) == [True] * 5 + [False]
    clock._last_ms += 1_000
    assert spoken(heard, 6) == [True] * 5 + [False]
    wall.now_s += 1
    assert spoken(heard, 6) == [True] * 5 + [False]


def test_without_a_limit_anything_may_be_said(wall: Loop) -> None:
    del wall
    assert all(spoken(Heard(Budget(None), SimulatedClock(NOON_MS, mode=Mode.STEP)), 1_000))
