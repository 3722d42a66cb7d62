"""When orders with a date expire, and withdrawals complete, soonest first."""

from collections.abc import Iterator

from sortedcontainers import SortedSet


class Deadlines:
    """A set of (time, id)."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._sorted: SortedSet[tuple[int, int]] = SortedSet()

    def add(self, item_id: int, time_ms: int) -> None:
        """It is due at `time_ms`."""
        self._times[item_id] = time_ms
        self._sorted.add((time_ms, item_id))

    def discard(self, item_id: int) -> None:
        """Forget it, if it has a deadline."""
        time_ms = self._times.pop(item_id, None)
        if time_ms is not None:
            self._sorted.remove((time_ms, item_id))

    def next_ms(self) -> int | None:
        """The soonest deadline."""
        return self._sorted[0][0] if self._sorted else None

    def due(self, now_ms: int) -> Iterator[tuple[int, int]]:
        """(time, id) of the deadlines up to `now_ms`; the caller may discard as it goes."""
        while self._sorted and self._sorted[0][0] <= now_ms:
            yield self._sorted[0]
