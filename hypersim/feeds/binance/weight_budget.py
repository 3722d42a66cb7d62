"""How much a venue is asked: far less than it allows, so that nobody is ever banned."""

import asyncio


class WeightBudget:
    """A bucket of request weight that refills steadily; who finds it empty waits its turn."""

    def __init__(self, capacity: float, refill_per_s: float) -> None:
        self._capacity = capacity
        self._refill_per_s = refill_per_s
        self._left = capacity
        self._counted_s: float | None = None
        self._turn = asyncio.Lock()

    async def spend(self, weight: float) -> None:
        """Return once `weight` (no more than the capacity) may be spent."""
        async with self._turn:
            short = weight - self._refilled()
            if short > 0:
                await asyncio.sleep(short / self._refill_per_s)
                self._refilled()
            self._left -= weight

    def _refilled(self) -> float:
        now_s = asyncio.get_running_loop().time()
        if self._counted_s is not None:
            gained = (now_s - self._counted_s) * self._refill_per_s
            self._left = min(self._capacity, self._left + gained)
        self._counted_s = now_s
        return self._left
