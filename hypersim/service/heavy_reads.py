"""Reads that take long, so that orders beside them do not: one at a time, in a queue that ends, and
in slices between which everybody else has a turn."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TypeVar

LIGHT_ROWS_MAX = 1_000
"""A read of no more rows does not queue."""

AT_ONCE_MAX = 1
"""More would not be faster: they all need the same processor as the orders."""

WAITING_MAX = 32
SLICE_ROWS = 200
"""Made in about a millisecond."""

T = TypeVar("T")
R = TypeVar("R")


class TooManyHeavyReads(Exception):
    """The queue is full; nothing was done."""

    wait_s = 1
    """When to ask again."""


class HeavyReads:
    """The queue. `waiting` and `refused` are for metrics."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)
        self.waiting = 0
        self.refused = 0

    @contextlib.asynccontextmanager
    async def turn(self, rows: int) -> AsyncIterator[None]:
        """Hold a turn while so many rows are read and told. Raises `TooManyHeavyReads`."""
        if rows <= LIGHT_ROWS_MAX:
            yield
            return
        if self.waiting >= WAITING_MAX:
            self.refused += 1
            raise TooManyHeavyReads("Too many large requests are waiting")
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


def spans(start_ms: int, end_ms: int, length_ms: int) -> Iterator[tuple[int, int]]:
    """Slices of a time, each up to but not including its end. Whoever reads one waits for it, and
    meanwhile others run."""
    for first_ms in range(start_ms, end_ms, length_ms):
        yield first_ms, min(end_ms, first_ms + length_ms)


async def in_slices(make: Callable[[T], R], rows: Iterable[T], size: int = SLICE_ROWS) -> list[R]:
    """What `make` makes of each row; others run between slices of so many."""
    made: list[R] = []
    for number, row in enumerate(rows, 1):
        made.append(make(row))
        if number % size == 0:
            await asyncio.sleep(0)
    return made
