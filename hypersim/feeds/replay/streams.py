"""One market's recorded rows of one kind, read one ahead."""

from collections.abc import Iterator

from hypersim.feeds.replay.rows import Row
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedUnavailable

QUOTES_NEAR_MS = 60_000
"""Recorded quotes count as missing when there is none so near in time."""


class Stream:
    """`head_ms` is when its next row happens, None at the end."""

    def __init__(self, instrument: Instrument, rows: Iterator[Row]) -> None:
        self.instrument = instrument
        self.last_ms: int | None = None
        self.head_ms: int | None = None
        self._rows = rows
        self._head: Row | None = None
        self._error: FeedUnavailable | None = None
        self.advance()
        if self._error is not None:
            raise self._error

    def advance(self) -> Row | None:
        """Step past the head, and return it. Raises FeedUnavailable where the head cannot be read;
        what comes before it has been handed out then."""
        if self._error is not None:
            raise self._error
        row, self.last_ms = self._head, self.head_ms
        try:
            self._head = next(self._rows, None)
        except FeedUnavailable as error:
            self._head, self._error = None, error
            # After all that came of the rows before it.
            self.head_ms = None if self.last_ms is None else self.last_ms + 1
            return row
        self.head_ms = self._head.time_ms if self._head is not None else None
        return row

    def before(self, time_ms: int) -> Iterator[Row]:
        """Step past the rows from before `time_ms`."""
        while self.head_ms is not None and self.head_ms < time_ms:
            row = self.advance()
            if row is not None:
                yield row

    def is_near(self, time_ms: int) -> bool:
        """Whether it has a row around `time_ms`."""
        near = (self.last_ms, self.head_ms)
        return any(one is not None and abs(one - time_ms) <= QUOTES_NEAR_MS for one in near)


def by_symbol(streams: list[Stream]) -> dict[str, list[Stream]]:
    """The streams of each market."""
    found: dict[str, list[Stream]] = {}
    for stream in streams:
        found.setdefault(stream.instrument.symbol, []).append(stream)
    return found
