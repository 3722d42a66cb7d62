"""How late or early a client may stamp, where time runs fast and where a clock is lent."""

import pytest

from hypersim.api.accounts.signing import is_fresh
from hypersim.service.clock import Clock, WallClock
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.timed_feeds import NOON_MS

WINDOW_MS, AHEAD_MS = 5_000, 1_000


def is_taken(clock: Clock, behind_ms: int) -> bool:
    """Whether a request that is stamped so far behind is taken."""
    return is_fresh(
        clock, "key", NOON_MS - behind_ms, NOON_MS, window_ms=WINDOW_MS, ahead_ms=AHEAD_MS
    )


@pytest.mark.parametrize(
    ("speed", "leeway_ms"), [(0, 0), (0.5, 0), (1, 0), (2, 200), (7.5, 750), (60, 6_000)]
)
def test_the_window_and_the_lead_grow_with_the_speed(speed: float, leeway_ms: int) -> None:
    clock = SimulatedClock(NOON_MS, 3)
    clock.set(clock.mode, speed)
    for one in (clock, SimulatedClock(NOON_MS, speed)):
        assert is_taken(one, WINDOW_MS + leeway_ms)
        assert not is_taken(one, WINDOW_MS + leeway_ms + 1)
        assert is_taken(one, 1 - AHEAD_MS - leeway_ms)
        assert not is_taken(one, -AHEAD_MS - leeway_ms)


def test_the_walls_clock_gives_no_leeway() -> None:
    assert is_taken(WallClock(), WINDOW_MS)
    assert not is_taken(WallClock(), WINDOW_MS + 1)


def test_a_stamp_of_another_clock_is_told_of_while_the_clock_is_lent() -> None:
    clock = SimulatedClock(NOON_MS, 60)
    is_taken(clock, 90_000)
    assert not clock.lending.skews_ms
    clock.lending.lend("run")
    is_taken(clock, 10_000)
    assert not clock.lending.skews_ms
    is_taken(clock, 90_000)
    is_taken(clock, 95_000)
    assert clock.lending.skews_ms == {"key": 90_000}
    clock.lending.give_back("run")
    clock.lending.lend("next")
    assert not clock.lending.skews_ms


def test_a_client_that_a_fault_shows_another_time_has_the_lent_one() -> None:
    clock = SimulatedClock(NOON_MS, 60)
    clock.lending.lend("run")
    shown_ms = NOON_MS + 90_000
    assert not is_fresh(clock, "key", NOON_MS, shown_ms, window_ms=WINDOW_MS, ahead_ms=AHEAD_MS)
    assert not clock.lending.skews_ms
