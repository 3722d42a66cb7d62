"""The public books as clients follow them: snapshots, and the diffs that lead on from them.

A change of the book takes two ids. So the id of a snapshot always lies inside the range [U, u] of
the next diff, as the documents promise, even while the book rests: with one id for each change it
would often be that diff's U - 1, which the venue's clients hardly ever see, and some refuse.
"""

from collections import defaultdict
from decimal import Decimal
from itertools import islice
from typing import NamedTuple
from weakref import WeakSet

from hypersim.api.services import Services
from hypersim.market.depth import (
    LEVELS_MAX,
    ShownSide,
    beyond,
    is_worse,
    size_at,
)
from hypersim.market.events import Level, Levels
from hypersim.market.number import ZERO


class Snapshot(NamedTuple):
    """The whole book, best prices first, and `lastUpdateId`."""

    update_id: int
    bids: Levels
    asks: Levels


class Diff(NamedTuple):
    """What changed, best prices first; a size of zero means that the level is gone."""

    first_id: int
    last_id: int
    bids: list[Level]
    asks: list[Level]


class BookDiffs:
    """States of one book, as the differences between them. `changes` is the book's count of its
    changes when the last diff ended; the count leaves numbers out, the ids of the diffs do not.

    Each diff begins where the one before ended, so that whoever has a snapshot and applies the
    diffs after it has the book.
    """

    def __init__(self, changes: int, bids: ShownSide, asks: ShownSide) -> None:
        self.changes = changes
        self._bids, self._asks = bids, asks
        self._changed_bids: dict[Decimal, Decimal] = {}
        self._changed_asks: dict[Decimal, Decimal] = {}

    def observe(self, bids: ShownSide, asks: ShownSide) -> None:
        """Somebody was shown this state: the next diff tells of each level that differs from it
        too. A level that came and went between two diffs would otherwise stay with them."""
        _note(self._changed_bids, self._bids, bids, is_bids=True)
        _note(self._changed_asks, self._asks, asks, is_bids=False)
        self._bids, self._asks = bids, asks

    def advance(self, changes: int, bids: ShownSide, asks: ShownSide) -> Diff | None:
        """From the last diff to this state, which the book has after so many changes. None when
        nothing differs; the next diff then spans this one."""
        if changes == self.changes:
            return None
        self.observe(bids, asks)
        if not (self._changed_bids or self._changed_asks):
            return None
        diff = Diff(
            first_update_id(self.changes),
            last_update_id(changes),
            sorted(self._changed_bids.items(), reverse=True),
            sorted(self._changed_asks.items()),
        )
        self.changes = changes
        self._changed_bids.clear()
        self._changed_asks.clear()
        return diff


class Books:
    """Every symbol's book, and who follows it."""

    def __init__(self, services: Services) -> None:
        self._view = services.engine.view
        self._markets = services.markets
        self._followed: defaultdict[str, WeakSet[BookDiffs]] = defaultdict(WeakSet)

    def snapshot(self, symbol: str, limit: int) -> Snapshot:
        """The best `limit` levels of the book as it stands, to start from."""
        shown = self._markets.book(symbol)
        for diffs in self._followed.get(symbol, ()):
            diffs.observe(*shown)
        update_id = snapshot_id(self._view.markets[symbol].update_id)
        return Snapshot(update_id, *self._markets.depth(symbol, limit))

    def follow(self, symbol: str) -> BookDiffs:
        """The diffs from now on; forgotten when nobody holds them any more."""
        diffs = BookDiffs(self._view.markets[symbol].update_id, *self._markets.book(symbol))
        self._followed[symbol].add(diffs)
        return diffs


def last_update_id(changes: int) -> int:
    """`u` of what ends with the book's `changes`-th change."""
    return 2 * changes


def first_update_id(changes: int) -> int:
    """`U` of the diff that follows the book's `changes`-th change."""
    return 2 * changes + 1


def snapshot_id(changes: int) -> int:
    """`lastUpdateId` of the whole book after its `changes`-th change."""
    return 2 * changes + 1


def _note(
    changed: dict[Decimal, Decimal], before: ShownSide, after: ShownSide, *, is_bids: bool
) -> None:
    """Note every level in which the two differ. A level that the feed shows no longer may still be
    there, deeper; one that it shows now may have been."""
    if before.levels is after.levels and before.deep == after.deep:
        return
    sizes, now = dict(before.levels), dict(after.levels)
    if before.deep is not None or after.deep is not None:
        _deepen(sizes, before, after, is_bids=is_bids)
        _deepen(now, after, before, is_bids=is_bids)
    changed.update(level for level in now.items() if sizes.pop(level[0], None) != level[1])
    # What is left in the table is no longer in the book.
    for price in sizes:
        is_beyond = after.end is not None and is_worse(price, after.end, is_bids=is_bids)
        changed[price] = size_at(price, after.deep, is_bids=is_bids) if is_beyond else ZERO


def _deepen(
    sizes: dict[Decimal, Decimal], side: ShownSide, other: ShownSide, *, is_bids: bool
) -> None:
    """Add the levels beyond what a side shows as far as the other one shows any; all of them when
    they rest no longer."""
    if side.end is None:
        return
    for price, size in islice(beyond(side.end, side.deep), LEVELS_MAX):
        is_over = other.end is None or is_worse(price, other.end, is_bids=is_bids)
        if is_over and side.deep == other.deep:
            return
        sizes.setdefault(price, size)
