"""When orders with a date expire, soonest first."""

from collections.abc import Iterator

from sortedcontainers import SortedSet


class Deadlines:
    """A set of (time, order id)."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._sorted: SortedSet[tuple[int, int]] = SortedSet()

    def add(self, order_id: int, time_ms: int) -> None:
        """Let the order expire at `time_ms`."""
        self._times[order_id] = time_ms
        self._sorted.add((time_ms, order_id))

    def discard(self, order_id: int) -> None:
        """Forget the order, if it has a deadline."""
        time_ms = self._times.pop(order_id, None)
        if time_ms is not None:
            self._sorted.remove((time_ms, order_id))

    def next_ms(self) -> int | None:
        """The soonest deadline."""
        return self._sorted[0][0] if self._sorted else None

    def due(self, now_ms: int) -> Iterator[tuple[int, int]]:
        """(time, order id) of the deadlines up to `now_ms`; the caller may discard as it goes."""
        while self._sorted and self._sorted[0][0] <= now_ms:
            yield self._sorted[0]
