"""The exchange's time: the wall clock, or a simulated one that can run at any speed.

Everything that waits, waits on a `Clock`, so that a replay at 1,000 times the speed also expires
orders, closes candles and pings sockets 1,000 times as fast.
"""

import asyncio
import time
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Protocol

from hypersim.market.candle import DAY_MS

SLOW_SPEED = 0.5
"""How fast the exchange's time passes, against the wall's, while the wall's clock is behind."""


class Clock(Protocol):
    """Milliseconds since 1970-01-01 UTC on the exchange's timeline."""

    def now_ms(self) -> int:
        """The time now; it never goes back."""
        ...

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """For what drives time, the feed: return once it is `time_ms`. A clock that runs as fast
        as events come jumps there; any other one may take `slack_s` of the wall's time longer, so
        that who sleeps often wakes less often."""
        ...

    async def wait_until(self, time_ms: int) -> None:
        """For everybody else: return once it is `time_ms`, without making it so."""
        ...


class WallClock:
    """The computer's clock, but never before `begin_ms`, and never backwards when it is set. Where
    it is behind, time passes at half its speed until it has caught up: nothing stands still."""

    def __init__(self, begin_ms: int = 0) -> None:
        self._last_ms = begin_ms
        self._slow_since: tuple[int, float] | None = None

    def now_ms(self) -> int:
        """See `Clock`."""
        now_ms = time.time_ns() // 1_000_000
        if now_ms >= self._last_ms:
            self._last_ms, self._slow_since = now_ms, None
        else:
            self._last_ms = self._slow_ms()
        return self._last_ms

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """See `Clock`."""
        while True:
            left_ms = time_ms - self.now_ms()
            if left_ms <= 0:
                return
            await asyncio.sleep(left_ms / 1000 + slack_s)

    async def wait_until(self, time_ms: int) -> None:
        """See `Clock`."""
        await self.sleep_until(time_ms)

    def _slow_ms(self) -> int:
        now_s = time.monotonic()
        if self._slow_since is None:
            self._slow_since = self._last_ms, now_s
        from_ms, since_s = self._slow_since
        return from_ms + int((now_s - since_s) * 1000 * SLOW_SPEED)


PAST_MS = 30 * DAY_MS
"""A clock that does not run at the wall's speed starts this long ago: clients refuse a future."""


class SimulatedClock:
    """Starts at `start_ms` and runs `speed` times as fast as the wall clock.

    `speed` 0 means as fast as events come: time jumps to whatever the feed sleeps for, and those
    who wait for a moment on the way are woken in its order.
    """

    def __init__(self, start_ms: int, speed: float = 1.0) -> None:
        if speed < 0:
            raise ValueError(f"speed must be 0 (as fast as possible) or above, not {speed}")
        self.speed = speed
        self._start_ms = start_ms
        self._started = time.monotonic()
        self._last_ms = start_ms
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._waits = 0

    def now_ms(self) -> int:
        """See `Clock`."""
        if self.speed:
            elapsed_ms = (time.monotonic() - self._started) * 1000 * self.speed
            self._last_ms = max(self._last_ms, self._start_ms + int(elapsed_ms))
        return self._last_ms

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """See `Clock`."""
        if self.speed:
            await self._sleep(time_ms, slack_s)
            return
        while self._waiting and self._waiting[0][0] <= time_ms:
            due_ms, _, future = heappop(self._waiting)
            self._last_ms = max(self._last_ms, due_ms)
            if not future.done():
                future.set_result(None)
            await asyncio.sleep(0)
        self._last_ms = max(self._last_ms, time_ms)
        await asyncio.sleep(0)

    async def wait_until(self, time_ms: int) -> None:
        """See `Clock`."""
        if self.speed:
            await self._sleep(time_ms)
        elif time_ms > self._last_ms:
            future = asyncio.get_running_loop().create_future()
            self._waits += 1
            heappush(self._waiting, (time_ms, self._waits, future))
            await future

    async def _sleep(self, time_ms: int, slack_s: float = 0.0) -> None:
        while True:
            left_ms = time_ms - self.now_ms()
            if left_ms <= 0:
                return
            await asyncio.sleep(left_ms / 1000 / self.speed + slack_s)


def clock_from(starts_ms: Iterable[int | None], recorded_ms: int, speed: float) -> Clock:
    """The exchange's clock. What the record tells of (up to `recorded_ms`, 0 for nothing) is past:
    time goes on from there, if nothing says that it starts later."""
    starts = [start_ms for start_ms in starts_ms if start_ms is not None]
    if not starts and speed == 1:
        return WallClock(recorded_ms)
    if not starts and not recorded_ms:
        starts = [time.time_ns() // 1_000_000 - PAST_MS]
    return SimulatedClock(max([*starts, recorded_ms]), speed)
