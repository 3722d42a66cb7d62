"""A local copy of one order book, kept as Binance's documents say ("How to manage a local order
book correctly"): buffer updates, load a snapshot, drop what it covers, apply the rest in sequence.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice

import msgspec
from sortedcontainers import SortedDict

from hypersim.market.events import Level

DIFFS_MAX = 1_000
"""Updates buffered while a snapshot is on its way: 100 s of a stream of ten a second."""


class Diff(msgspec.Struct, frozen=True):
    """A range of updates: the new size at each changed price, zero for a level that is gone."""

    first_id: int
    last_id: int
    time_ms: int
    bids: list[Level]
    asks: list[Level]


class Snapshot(msgspec.Struct, frozen=True):
    """A whole book as of `last_id`, no more than `levels_max` deep on either side."""

    last_id: int
    bids: list[Level]
    asks: list[Level]
    levels_max: int


class LocalBook:
    """A book in sequence with its venue."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.last_id = snapshot.last_id
        # Both sides ascend by their key, best first: bids are keyed by the negated price.
        self._bids = SortedDict({-price: size for price, size in snapshot.bids if size})
        self._asks = SortedDict({price: size for price, size in snapshot.asks if size})
        # Beyond these only levels that have changed since are known.
        self._bid_floor = _cut(snapshot.bids, snapshot.levels_max)
        self._ask_ceiling = _cut(snapshot.asks, snapshot.levels_max)

    def apply(self, diff: Diff) -> bool:
        """Take in an update; False when it does not fit, so that the book is lost."""
        if diff.last_id < self.last_id:
            return True
        if diff.first_id > self.last_id + 1:
            return False
        for price, size in diff.bids:
            _set(self._bids, -price, size)
        for price, size in diff.asks:
            _set(self._asks, price, size)
        self.last_id = diff.last_id
        return not self._is_crossed()

    def top(self, count: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """The best `count` bids and asks, best first."""
        bids = tuple((-key, size) for key, size in islice(self._bids.items(), count))
        return bids, tuple(islice(self._asks.items(), count))

    def covers(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> bool:
        """Whether the snapshot reached as deep as these levels do; if not, some may be missing."""
        if self._bid_floor is not None and (not bids or bids[-1][0] < self._bid_floor):
            return False
        return self._ask_ceiling is None or (bool(asks) and asks[-1][0] <= self._ask_ceiling)

    def _is_crossed(self) -> bool:
        if not self._bids or not self._asks:
            return False
        return bool(-self._bids.keys()[0] >= self._asks.keys()[0])


class PendingBook:
    """Updates that wait for their snapshot."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._diffs: deque[Diff] = deque(maxlen=DIFFS_MAX)

    def add(self, diff: Diff) -> None:
        """Buffer an update; what stood before a gap is of no use any more."""
        if self._diffs and diff.first_id > self._diffs[-1].last_id + 1:
            self._diffs.clear()
        self._diffs.append(diff)
        self.arrived.set()

    def on(self, snapshot: Snapshot) -> LocalBook | None:
        """The book: the snapshot and the updates after it. None when it is older than the first
        buffered update, or does not fit them; then another one is needed."""
        if self._diffs and snapshot.last_id < self._diffs[0].first_id:
            return None
        book = LocalBook(snapshot)
        return book if _all_apply(book, self._diffs) else None


def _all_apply(book: LocalBook, diffs: Iterable[Diff]) -> bool:
    return all(book.apply(diff) for diff in diffs if diff.last_id > book.last_id)


def _cut(side: list[Level], levels_max: int) -> Decimal | None:
    """The worst price shown, if there may be levels behind it."""
    return side[-1][0] if len(side) >= levels_max else None


def _set(side: "SortedDict[Decimal, Decimal]", key: Decimal, size: Decimal) -> None:
    if size:
        side[key] = size
    else:
        side.pop(key, None)
