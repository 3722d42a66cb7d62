"""The end has a deadline for each step, counted from the moment at which it was asked for."""

import asyncio
import os
import signal

import pytest

from hypersim.edge.server import GRACE_S
from hypersim.service.stopping import (
    ALARM_AFTER_S,
    CLOSE_BY_S,
    COMMIT_BY_S,
    DATABASE_BY_S,
    FEED_BY_S,
    STOP_WITHIN_S,
    Stopping,
)


@pytest.fixture(autouse=True)
def no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "setitimer", lambda *_: (0.0, 0.0))


class Clock:
    """Moved by the test."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_time_of_a_step_runs_from_the_first_asking() -> None:
    clock = Clock()
    stopping = Stopping(clock)
    assert stopping.left_s(STOP_WITHIN_S) == STOP_WITHIN_S
    stopping.ask()
    clock.now_s += 1
    stopping.ask()
    assert stopping.left_s(STOP_WITHIN_S) == STOP_WITHIN_S - 1
    clock.now_s += 100
    assert 0 < stopping.left_s(STOP_WITHIN_S) < 1


def test_what_a_stop_does_first_is_what_was_said_last() -> None:
    done: list[str] = []
    stopping = Stopping()
    stopping.then(lambda: done.append("give up the start"))
    stopping.then(lambda: done.append("close the doors"))
    stopping.ask()
    stopping.ask()
    assert done == ["close the doors"]
    stopping.then(lambda: done.append("too late for more"))
    assert done == ["close the doors", "too late for more"]


async def test_a_step_that_takes_too_long_is_canceled_and_the_next_has_a_moment() -> None:
    clock = Clock()
    stopping = Stopping(clock)
    stopping.ask()
    clock.now_s += CLOSE_BY_S
    for _ in range(2):
        assert not await stopping.within(CLOSE_BY_S, asyncio.Event().wait)
        assert await stopping.within(CLOSE_BY_S, asyncio.sleep, 0)


async def test_a_signal_acts_once_in_the_loop() -> None:
    stopping, acted = Stopping(), asyncio.Event()
    count = 0

    def act() -> None:
        nonlocal count
        count += 1
        acted.set()

    stopping.then(act)
    with stopping.on_signals(asyncio.get_running_loop()):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.is_asked
        assert count == 0
        await acted.wait()
    assert count == 1


def test_every_step_has_to_be_over_within_the_time_of_a_stop_and_the_alarm_comes_after_it() -> None:
    steps = [FEED_BY_S, COMMIT_BY_S, CLOSE_BY_S, DATABASE_BY_S]
    assert steps == sorted(steps)
    assert GRACE_S < FEED_BY_S and DATABASE_BY_S < STOP_WITHIN_S < ALARM_AFTER_S
