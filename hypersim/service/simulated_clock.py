"""A simulated clock: it runs at any speed, as fast as events come, or stands still until it is
moved.

Who drives time is a feed that plays what it has, or makes it up, moment by moment: it sleeps until
its next one. Nothing happens between two moments, so a clock that is moved jumps from one to the
next.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from enum import StrEnum

from hypersim.market.candle import DAY_MS, HOUR_MS
from hypersim.market.number import TIME_MS_MAX
from hypersim.service.alarms import RingingClock
from hypersim.service.clock import Clock, WallClock
from hypersim.service.waking import wake

PAST_MS = 30 * DAY_MS
"""A clock that does not run at the wall's speed starts this long ago: clients refuse a future."""

SPEED_MAX = 100_000.0
LOOKED_BACK_MS = 6 * HOUR_MS
"""Who looks at a market sees so much of what was before at once: that is told one by one."""

LEEWAY_MS = 100
"""Of the wall's time."""


class Mode(StrEnum):
    """How time passes."""

    RUNNING = "running"
    PAUSED = "paused"
    """Not, until it runs again; it ran before."""
    STEP = "step"
    """Only when somebody moves it."""


def check_speed(speed: float) -> None:
    """Raises ValueError."""
    if not 0 <= speed <= SPEED_MAX:
        raise ValueError(
            f"speed must be from 0 (as fast as possible) to {SPEED_MAX:.0f}, not {speed:g}"
        )


class SimulatedClock(RingingClock):
    """Starts at `start_ms` and runs `speed` times as fast as the wall clock.

    `speed` 0 means as fast as events come: time jumps to whatever the feed sleeps for, and what is
    due on the way is done in its order. Where time stands still, `move_to` jumps.
    """

    def __init__(self, start_ms: int, speed: float = 1.0, mode: Mode = Mode.RUNNING) -> None:
        super().__init__()
        check_speed(speed)
        self.speed = speed
        self.mode = mode
        self.leeway_ms = _leeway_ms(speed)
        self.unnoticed_until_ms: Callable[[], int] = lambda: 0
        """Up to when nobody looks and nobody waits for a price, as who moves it knows."""
        self.moves_for: Callable[[int], object] | None = None
        """Has time moved on for who waits until then."""
        self._start_ms = start_ms
        self._started_s = time.monotonic()
        self._last_ms = start_ms
        self._drivers: set[asyncio.Task[object]] = set()
        self._asleep: dict[asyncio.Future[None], None] = {}
        self._rested = asyncio.Event()

    def now_ms(self) -> int:
        """See `Clock`."""
        if self.speed and self.mode is Mode.RUNNING:
            elapsed_ms = (time.monotonic() - self._started_s) * 1000 * self.speed
            self._last_ms = max(self._last_ms, self._start_ms + int(elapsed_ms))
        return self._last_ms

    @property
    def passes_by_itself(self) -> bool:
        """See `Clock`."""
        return self.mode is Mode.RUNNING

    def set(self, mode: Mode, speed: float) -> None:
        """Go on like this from now on. Raises ValueError."""
        check_speed(speed)
        self._start_ms, self._started_s = self.now_ms(), time.monotonic()
        self.mode, self.speed = mode, speed
        self.leeway_ms = _leeway_ms(speed)
        for future in self._asleep:
            # Who drives time looks anew how long there is to sleep.
            wake(future)
        self._set_timer()

    # For what drives time, and what waits for it

    def leaps_to(self, time_ms: int, last_ms: int) -> bool:
        """See `Clock`."""
        next_ms = self.next_ms()
        until_ms = min(last_ms, self.unnoticed_until_ms())
        if next_ms is not None:
            until_ms = min(until_ms, next_ms)
        if time_ms + LOOKED_BACK_MS > until_ms or len(self._drivers) > 1:
            return False
        self._last_ms = max(self._last_ms, time_ms)
        return True

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """See `Clock`."""
        self._know_driver()
        if self._is_alone_and_free:
            await self._run_to(time_ms)
        while time_ms > self.now_ms():
            if self._is_alone_and_free:
                await self._run_to(time_ms)
            else:
                await self._sleep(time_ms + int(slack_s * 1000 * self.speed))

    async def at_rest(self) -> None:
        """Return when all that drives time sleeps, or is over. At once where nothing drives it."""
        while len(self._asleep) < len(self._drivers):
            self._rested.clear()
            await self._rested.wait()

    async def is_driven_by(self, driver: asyncio.Task[None]) -> None:
        """Return once the task has come to drive time, and sleeps for the first time, or is over
        without having done so."""
        while driver not in self._drivers and not driver.done():
            self._rested.clear()
            await _first_of(driver, self._rested.wait())
        await self.at_rest()

    @property
    def is_driven(self) -> bool:
        """Whether anything drives time, or may still do so: a feed that is not over."""
        return bool(self._drivers)

    async def wait_until(self, time_ms: int) -> None:
        """See `Clock`. Where time only moves in steps, it may be moved for whoever waits."""
        if self.mode is Mode.STEP and self.moves_for is not None and time_ms > self.now_ms():
            self.moves_for(time_ms)
        await super().wait_until(time_ms)

    # For whoever moves it

    def next_ms(self) -> int | None:
        """When anything is due next; None when nothing ever is."""
        return self._alarms.next_ms()

    def move_to(self, time_ms: int) -> None:
        """Make it so late, and have done what is due by then. Nothing earlier may be due but what
        is of one moment."""
        self._last_ms = max(self.now_ms(), time_ms)
        self._start_ms, self._started_s = self._last_ms, time.monotonic()
        self._ring()

    @property
    def _is_free(self) -> bool:
        """Whether time passes as fast as events come."""
        return self.mode is Mode.RUNNING and not self.speed

    @property
    def _is_alone_and_free(self) -> bool:
        """And who drives time does not do so with others: of several the first that is due has its
        turn first."""
        return self._is_free and len(self._drivers) == 1

    def _take_turns(self) -> None:
        """Where all that drive time sleep, it is the moment of the first."""
        if self._is_free and self._asleep and len(self._asleep) == len(self._drivers):
            alarm = self._alarms.take(TIME_MS_MAX)
            if alarm is not None:
                self._last_ms = max(self._last_ms, alarm.due_ms)
                alarm.ring()
            asyncio.get_running_loop().call_soon(self._take_turns)

    def _know_driver(self) -> None:
        task = asyncio.current_task()
        if task is not None and task not in self._drivers:
            self._drivers.add(task)
            task.add_done_callback(self._forget_driver)

    def _forget_driver(self, task: asyncio.Task[object]) -> None:
        self._drivers.discard(task)
        self._rested.set()
        self._take_turns()

    async def _sleep(self, due_ms: int) -> None:
        woken = asyncio.get_running_loop().create_future()
        alarm = self.at(due_ms, lambda: self._wake(woken))
        self._asleep[woken] = None
        self._rested.set()
        self._take_turns()
        try:
            await woken
        finally:
            alarm.cancel()
            self._asleep.pop(woken, None)

    def _wake(self, future: asyncio.Future[None]) -> None:
        # It is at work from now on, though its task has its turn later.
        self._asleep.pop(future, None)
        wake(future)

    async def _run_to(self, time_ms: int) -> None:
        """Jump there, with what is due on the way."""
        while (alarm := self._alarms.take(time_ms)) is not None:
            self._last_ms = max(self._last_ms, alarm.due_ms)
            alarm.ring()
            await asyncio.sleep(0)
        self._last_ms = max(self._last_ms, time_ms)
        await asyncio.sleep(0)

    def _wall_s(self, due_ms: int) -> float | None:
        if self.mode is not Mode.RUNNING or not self.speed:
            return None
        return max(0, due_ms - self.now_ms()) / 1000 / self.speed


def _leeway_ms(speed: float) -> int:
    """At the wall's speed clients need no more than they do at the venue."""
    return int(speed * LEEWAY_MS) if speed > 1 else 0


async def _first_of(driver: asyncio.Task[None], other: Coroutine[object, object, object]) -> None:
    waiting = asyncio.ensure_future(other)
    try:
        await asyncio.wait((driver, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def clock_from(
    starts_ms: Iterable[int | None], recorded_ms: int, speed: float, mode: Mode = Mode.RUNNING
) -> Clock:
    """The exchange's clock. What the record tells of (up to `recorded_ms`, 0 for nothing) is past:
    time goes on from there, if nothing says that it starts later. Where nothing is said at all it
    starts before the wall's."""
    starts = [start_ms for start_ms in starts_ms if start_ms is not None]
    if not starts and speed == 1 and mode is Mode.RUNNING:
        return WallClock(recorded_ms)
    if not starts and not recorded_ms:
        starts = [time.time_ns() // 1_000_000 - PAST_MS]
    return SimulatedClock(max([*starts, recorded_ms]), speed, mode)
