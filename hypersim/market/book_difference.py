"""A public book as clients follow it: the differences that lead on from a snapshot."""

from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from hypersim.market.depth import (
    LEVELS_MAX,
    ShownSide,
    beyond,
    is_worse,
    size_at,
)
from hypersim.market.events import Level
from hypersim.market.number import ZERO


class Difference(NamedTuple):
    """What changed between two counts of the book's changes, best prices first; a size of zero
    means that the level is gone."""

    before: int
    after: int
    bids: list[Level]
    asks: list[Level]


class BookDifferences:
    """States of one book, as the differences between them. `changes` is the book's count of its
    changes when the last difference ended.

    Each difference begins where the one before ended, so that whoever has a snapshot and applies
    those after it has the book.
    """

    def __init__(self, changes: int, bids: ShownSide, asks: ShownSide) -> None:
        self.changes = changes
        self._bids, self._asks = bids, asks
        self._changed_bids: dict[Decimal, Decimal] = {}
        self._changed_asks: dict[Decimal, Decimal] = {}

    def observe(self, bids: ShownSide, asks: ShownSide) -> None:
        """Somebody was shown this state: the next one tells of each level that differs from it
        too. A level that came and went between two would otherwise stay with them."""
        _note(self._changed_bids, self._bids, bids, is_bids=True)
        _note(self._changed_asks, self._asks, asks, is_bids=False)
        self._bids, self._asks = bids, asks

    def advance(self, changes: int, bids: ShownSide, asks: ShownSide) -> Difference | None:
        """From the last difference to this state, which the book has after so many changes. None
        when nothing differs; the next one then spans this one."""
        if changes == self.changes:
            return None
        self.observe(bids, asks)
        if not (self._changed_bids or self._changed_asks):
            return None
        difference = Difference(
            self.changes,
            changes,
            sorted(self._changed_bids.items(), reverse=True),
            sorted(self._changed_asks.items()),
        )
        self.changes = changes
        self._changed_bids.clear()
        self._changed_asks.clear()
        return difference


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
