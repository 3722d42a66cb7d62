"""How much a venue is asked: far less than it allows, so that nobody is ever banned."""

import asyncio
from heapq import heapify, heappush
from itertools import count


class WeightBudget:
    """A bucket of request weight that refills steadily; who finds it empty waits. Light questions
    go first: somebody waits for the candles, while hundreds of books may be on their way."""

    def __init__(self, capacity: float, refill_per_s: float) -> None:
        self._capacity = capacity
        self._refill_per_s = refill_per_s
        self._left = capacity
        self._counted_s: float | None = None
        self._waiting: list[tuple[float, int]] = []
        self._numbers = count()
        self._moved = asyncio.Event()

    async def spend(self, weight: float) -> None:
        """Return once `weight` (no more than the capacity) may be spent."""
        place = weight, next(self._numbers)
        heappush(self._waiting, place)
        try:
            while (wait_s := self._wait_s(place)) != 0:
                await self._wait(wait_s)
            self._left -= weight
        finally:
            self._waiting.remove(place)
            heapify(self._waiting)
            self._moved.set()
            self._moved = asyncio.Event()

    def _wait_s(self, place: tuple[float, int]) -> float | None:
        """How long the first must wait; None for the others, until the row has moved."""
        if self._waiting[0] != place:
            return None
        return max(0.0, (place[0] - self._refilled()) / self._refill_per_s)

    async def _wait(self, wait_s: float | None) -> None:
        if wait_s is None:
            await self._moved.wait()
        else:
            await asyncio.sleep(wait_s)

    def _refilled(self) -> float:
        now_s = asyncio.get_running_loop().time()
        if self._counted_s is not None:
            gained = (now_s - self._counted_s) * self._refill_per_s
            self._left = min(self._capacity, self._left + gained)
        self._counted_s = now_s
        return self._left
