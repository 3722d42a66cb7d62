"""Pushes on a way on which things go wrong: nothing is lost but by what loses, nothing comes twice
but by what repeats, and what is delayed keeps its order."""

from collections import Counter
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX
from hypersim.api.streams.disturbing import SWAPPED_MS_MAX, Passing, PushFaults
from hypersim.faults import About, Later, Lose, PushEffect, Repeat, Swap
from hypersim.service.armed import Pushed
from hypersim.service.faults import Faults
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.chance import seeded

PUSHED = Pushed(About.ACCOUNT, "binance")
EFFECTS: list[PushEffect] = [Lose(), Repeat(), Swap(), Later(0), Later(70), Later(200)]


class Ear:
    """As much of a socket as is told."""

    is_open = True
    is_slow = False

    def __init__(self) -> None:
        self.heard: list[int] = []

    def push(self, frame: bytes) -> None:
        self.heard.append(int(frame))

    def hold_up_no_longer(self) -> None:
        self.is_slow = True


class Desk:
    """A way to one ear, on which happens what the test says."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.clock = SimulatedClock(0, mode=Mode.STEP)
        self.faults = PushFaults(Faults(seeded()), self.clock)
        self.effects: list[PushEffect] = []
        self.faults._faults.hit_push = lambda *_: self.effects  # type: ignore[method-assign]

    def push(self, number: int, *effects: PushEffect) -> None:
        self.effects = list(effects)
        self.faults.push(PUSHED, Passing(cast(Any, self.ear), b"%d" % number))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100), st.lists(st.sampled_from(EFFECTS), max_size=2, unique_by=type)
        )
    )
)
def test_nothing_is_lost_or_told_twice_for_no_reason(
    pushes: list[tuple[int, list[PushEffect]]],
) -> None:
    desk, expected = Desk(), Counter[int]()
    for number, (pause_ms, effects) in enumerate(pushes):
        desk.clock.move_to(desk.clock.now_ms() + pause_ms)
        desk.push(number, *effects)
        kinds = set(map(type, effects))
        if Lose not in kinds:
            expected[number] = 1 + (Repeat in kinds)
    desk.clock.move_to(desk.clock.now_ms() + 10 * SWAPPED_MS_MAX)
    heard = desk.ear.heard
    assert Counter(heard) == expected
    late = [
        number
        for number, (_, effects) in enumerate(pushes)
        if expected[number] and Later in map(type, effects)
    ]
    assert list(dict.fromkeys(number for number in heard if number in late)) == late
    assert not desk.faults.is_on


def test_a_push_comes_after_the_next_or_after_a_second() -> None:
    desk = Desk()
    desk.push(1, Swap())
    assert (desk.ear.heard, desk.faults.is_on) == ([], True)
    desk.push(2)
    assert desk.ear.heard == [2, 1]
    desk.push(3, Swap())
    desk.clock.move_to(SWAPPED_MS_MAX)
    assert desk.ear.heard == [2, 1, 3]
    assert not desk.faults.is_on


def test_who_is_told_too_much_too_late_is_dropped() -> None:
    desk = Desk()
    for number in range(OUTBOX_FRAMES_MAX):
        desk.push(number, Later(1_000))
    assert not desk.ear.is_slow
    desk.push(0, Later(1_000))
    assert desk.ear.is_slow


def test_who_is_gone_or_wants_no_more_is_told_nothing() -> None:
    desk = Desk()
    desk.push(1, Later(100))
    desk.ear.is_open = False
    desk.clock.move_to(100)
    desk.push(2)
    desk.ear.is_open = True
    desk.effects = [Later(100)]
    passing = Passing(cast(Any, desk.ear), b"3", is_wanted=lambda: False)
    desk.faults.push(PUSHED, passing)
    desk.clock.move_to(300)
    assert desk.ear.heard == []
