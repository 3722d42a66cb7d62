"""What ends when its time is over, by the exchange's clock."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from hypersim.service.clock import Clock

T = TypeVar("T", bound=Hashable)


class Expiries(Generic[T]):
    """Each thing ends `life_ms` after it was last renewed."""

    def __init__(self, clock: Clock, life_ms: int, end: Callable[[T], object]) -> None:
        self._clock = clock
        self._life_ms = life_ms
        self._end = end
        self._ends_ms: dict[T, int] = {}
        """Those that end first come first."""
        self._filled = asyncio.Event()

    def renew(self, thing: T) -> None:
        """Its time begins now."""
        self._ends_ms.pop(thing, None)
        self._ends_ms[thing] = self._clock.now_ms() + self._life_ms
        self._filled.set()

    def forget(self, thing: T) -> None:
        """It has ended otherwise."""
        self._ends_ms.pop(thing, None)

    def is_over(self, thing: T) -> bool:
        """Whether its time is."""
        return self._ends_ms.get(thing, 0) <= self._clock.now_ms()

    async def run(self) -> None:
        """End each in its time, until canceled."""
        while True:
            while not self._ends_ms:
                self._filled.clear()
                await self._filled.wait()
            await self._clock.wait_until(next(iter(self._ends_ms.values())))
            for thing in list(self._ends_ms):
                if not self.is_over(thing):
                    break
                self.forget(thing)
                self._end(thing)
