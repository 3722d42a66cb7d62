"""Requests that take time where time stands still until it is moved: it is moved for them, so that
a client that does one thing after the other never waits for itself."""

import asyncio
import contextlib
from heapq import heappop, heappush

from hypersim.service.advance import Advancing, Wanted
from hypersim.service.record import RecordLost


class Obliging:
    """Moves time as far as those who wait want it, from one to the next."""

    def __init__(self, advancing: Advancing) -> None:
        self._advancing = advancing
        self._dues_ms: list[int] = []
        self._task: asyncio.Task[None] | None = None

    def move_to(self, due_ms: int) -> None:
        """Somebody waits until then. Who moves time already is waited for."""
        heappush(self._dues_ms, due_ms)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._move())

    async def _move(self) -> None:
        # The engine ends with its record, and says so.
        with contextlib.suppress(RecordLost):
            while self._dues_ms:
                due_ms = heappop(self._dues_ms)
                if due_ms > self._advancing.clock.now_ms():
                    await self._advancing.advance(Wanted(due_ms), gives_way=True)
