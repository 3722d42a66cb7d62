"""Several files of one market and kind as one series of rows: by time, and each row once.

People keep a month beside its days, and a CSV beside the ZIP that it came from. What two files say
alike is played once; where they say different things, both places are named.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from hypersim.feeds.replay.recordings import Entry, Recording
from hypersim.feeds.replay.rows import KlineRow, Row
from hypersim.service.feed import FeedUnavailable


class _Head(NamedTuple):
    """The next row of an open file; files that were opened first go first."""

    time_ms: int
    number: int
    entry: Entry
    rest: Iterator[Entry]


def merged_rows(recordings: Sequence[Recording], symbol: str, start_ms: int = 0) -> Iterator[Row]:
    """The rows of all of them, from the last one before `start_ms` on. Only files that overlap in
    time are open together. Raises FeedUnavailable for what cannot be read, and for rows that
    contradict each other."""
    seen: dict[object, Entry] = {}
    time_ms = -1
    for entry in _by_time(recordings, symbol, start_ms):
        if entry.time_ms != time_ms:
            seen.clear()
            time_ms = entry.time_ms
        known = seen.setdefault(entry.id, entry)
        if known is entry:
            yield entry.row
        elif known.row != entry.row:
            raise _contradiction(known, entry)


def _by_time(recordings: Sequence[Recording], symbol: str, start_ms: int) -> Iterator[Entry]:
    waiting = deque(sorted(recordings, key=lambda one: one.first_ms))
    heads: list[_Head] = []
    opened = 0
    while heads or waiting:
        while waiting and (not heads or waiting[0].first_ms <= heads[0].time_ms):
            _push(heads, opened, waiting.popleft().entries(symbol, start_ms))
            opened += 1
        if heads:
            head = heappop(heads)
            yield head.entry
            _push(heads, head.number, head.rest)


def _push(heads: list[_Head], number: int, rest: Iterator[Entry]) -> None:
    entry = next(rest, None)
    if entry is not None:
        heappush(heads, _Head(entry.time_ms, number, entry, rest))


def _contradiction(one: Entry, other: Entry) -> FeedUnavailable:
    what = "candle" if isinstance(one.row, KlineRow) else "row of this time"
    return FeedUnavailable(f"replay: {other.place}: another {what} than in {one.place}")
