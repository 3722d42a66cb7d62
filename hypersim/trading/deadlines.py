"""When orders with a date expire, and withdrawals complete, soonest first."""

from collections.abc import Iterator

from sortedcontainers import SortedSet


class Deadlines:
    """A set of (time, id)."""

    def __init__(self) -> None:
        self.next_ms: int | None = None
        """The soonest; every command asks for it."""
        self._times: dict[int, int] = {}
        self._sorted: SortedSet[tuple[int, int]] = SortedSet()

    def add(self, item_id: int, time_ms: int) -> None:
        """It is due at `time_ms`."""
        self._times[item_id] = time_ms
        self._sorted.add((time_ms, item_id))
        self.next_ms = self._sorted[0][0]

    def discard(self, item_id: int) -> None:
        """Forget it, if it has a deadline."""
        time_ms = self._times.pop(item_id, None)
        if time_ms is not None:
            self._sorted.remove((time_ms, item_id))
            self.next_ms = self._sorted[0][0] if self._sorted else None

    def due(self, now_ms: int) -> Iterator[tuple[int, list[int]]]:
        """(time, ids by number) of each moment up to `now_ms`; the caller discards all of them
        before it asks for the next one."""
        while self._sorted and self._sorted[0][0] <= now_ms:
            time_ms = self._sorted[0][0]
            due = self._sorted.irange((time_ms, 0), (time_ms + 1, 0), inclusive=(True, False))
            yield time_ms, [item_id for _, item_id in due]
