"""The exchange's time: the wall clock, or a simulated one that can run at any speed.

Everything that waits, waits on a `Clock`, so that a replay at 1,000 times the speed also expires
orders, closes candles and pings sockets 1,000 times as fast.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since 1970-01-01 UTC on the exchange's timeline."""

    def now_ms(self) -> int:
        """The time now; it never goes back."""
        ...

    async def sleep_until(self, time_ms: int) -> None:
        """Return once `now_ms()` has reached `time_ms`."""
        ...


class WallClock:
    """The computer's clock, kept from going backwards when it is set."""

    def __init__(self) -> None:
        self._last_ms = 0

    def now_ms(self) -> int:
        """See `Clock`."""
        self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
        return self._last_ms

    async def sleep_until(self, time_ms: int) -> None:
        """See `Clock`."""
        while (left_ms := time_ms - self.now_ms()) > 0:
            await asyncio.sleep(left_ms / 1000)


class SimulatedClock:
    """Starts at `start_ms` and runs `speed` times as fast as the wall clock.

    `speed` 0 means as fast as events come: time stands still until somebody waits for a moment,
    and then is that moment.
    """

    def __init__(self, start_ms: int, speed: float = 1.0) -> None:
        if speed < 0:
            raise ValueError(f"speed must be 0 (as fast as possible) or above, not {speed}")
        self.speed = speed
        self._start_ms = start_ms
        self._started = time.monotonic()
        self._last_ms = start_ms

    def now_ms(self) -> int:
        """See `Clock`."""
        if self.speed:
            elapsed_ms = (time.monotonic() - self._started) * 1000 * self.speed
            self._last_ms = max(self._last_ms, self._start_ms + int(elapsed_ms))
        return self._last_ms

    async def sleep_until(self, time_ms: int) -> None:
        """See `Clock`."""
        if not self.speed:
            self._last_ms = max(self._last_ms, time_ms)
            await asyncio.sleep(0)
            return
        while (left_ms := time_ms - self.now_ms()) > 0:
            await asyncio.sleep(left_ms / 1000 / self.speed)
