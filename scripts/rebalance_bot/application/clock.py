"""The bot's one clock: everything that waits or stamps asks it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """`now_ms` is milliseconds of the epoch."""

    def now_ms(self) -> int:
        """The time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when so much time is over."""
        ...


class WallClock:
    """The computer's."""

    def now_ms(self) -> int:
        """The time."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return when so much time is over."""
        await asyncio.sleep(seconds)
