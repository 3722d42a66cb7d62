"""Reads that take long, so that orders beside them do not: one at a time, in a queue that ends, and
in slices between which everybody else has a turn.

The queue is fair: clients take turns, whoever asks for more waits behind himself, and when it is
full the one with the most in it gives up his newest place to one with fewer.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator
from typing import TypeVar

LIGHT_ROWS_MAX = 1_000
"""A read of no more rows does not queue."""

AT_ONCE_MAX = 1
"""More would not be faster: they all need the same processor as the orders."""

WAITING_MAX = 32
WAITING_PER_CLIENT_MAX = 8
"""So many times as many where many clients share an address; never more than in all."""

SLICE_ROWS = 200
"""Made in about a millisecond."""

T = TypeVar("T")
R = TypeVar("R")

_Place = asyncio.Future[None]
"""Done when its turn has come, or another took it."""


class TooManyHeavyReads(Exception):
    """The queue is full; nothing was done."""

    wait_s = 1
    """When to ask again."""

    def __init__(self) -> None:
        super().__init__("Too many large requests are waiting")


class HeavyReads:
    """The queue. `refused` is for metrics."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, deque[_Place]] = {}
        """The places of each client that waits; the first client is the next."""
        self._running = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many wait, in all."""
        return sum(map(len, self._lanes.values()))

    @contextlib.asynccontextmanager
    async def turn(self, rows: int, client: Hashable, width: int = 1) -> AsyncIterator[None]:
        """Hold a turn while so many rows are read and told. `width` is how many clients may stand
        behind this one; 0 is any number. Raises `TooManyHeavyReads`."""
        if rows <= LIGHT_ROWS_MAX:
            yield
            return
        if self._running < AT_ONCE_MAX:
            self._running += 1
        else:
            await self._wait(client, WAITING_PER_CLIENT_MAX * width or WAITING_MAX)
        try:
            yield
        finally:
            self._running -= 1
            self._next()

    async def _wait(self, client: Hashable, places_max: int) -> None:
        lane = self._lanes.get(client, ())
        is_full = len(lane) >= places_max
        if is_full or (self.waiting >= WAITING_MAX and not self._make_room(len(lane))):
            self.refused += 1
            raise TooManyHeavyReads
        place: _Place = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(client, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._drop(client, place)
            elif place.exception() is None:
                # Its turn had just come.
                self._running -= 1
                self._next()
            raise

    def _make_room(self, held: int) -> bool:
        """Whether one with more places than this client would have gave one up."""
        client, lane = max(self._lanes.items(), key=lambda item: len(item[1]))
        if len(lane) <= held + 1:
            return False
        newest = lane[-1]
        self._drop(client, newest)
        if not newest.done():
            self.refused += 1
            newest.set_exception(TooManyHeavyReads())
        return True

    def _drop(self, client: Hashable, place: _Place) -> None:
        lane = self._lanes.get(client)
        if lane is None or place not in lane:
            return
        lane.remove(place)
        if not lane:
            del self._lanes[client]

    def _next(self) -> None:
        """Give the turn on. Who had one waits for all others."""
        for client, lane in self._lanes.items():
            place = next((one for one in lane if not one.done()), None)
            if place is None:
                continue
            del self._lanes[client]
            lane.remove(place)
            if lane:
                self._lanes[client] = lane
            self._running += 1
            place.set_result(None)
            return


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
