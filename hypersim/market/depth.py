"""The part of a book that is deeper than what a feed shows with each event: made when asked for."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

import msgspec

from hypersim.market.events import DeepLevels, Level, Levels
from hypersim.market.number import ZERO

LEVELS_MAX = 5_000
"""Levels of a side that anybody can see or trade with."""

EVERYTHING = Decimal("Infinity")
"""More than rests at any price."""

_PAGE_LEVELS = 128


class LeftBeyond(msgspec.Struct, frozen=True):
    """Deep levels less what was taken from them: (price, quantity), EVERYTHING for a price at which
    nothing is left whatever was there."""

    deep: DeepLevels
    taken: tuple[tuple[Decimal, Decimal], ...]
    step_size: Decimal

    def levels(self, beyond: Decimal, limit: int) -> tuple[Level, ...]:
        """See `DeepLevels`."""
        taken = dict(self.taken)
        left = (
            (price, size - taken.get(price, ZERO))
            for price, size in self.deep.levels(beyond, limit + len(taken))
        )
        return tuple([level for level in left if level[1] >= self.step_size])[:limit]


class ShownSide(NamedTuple):
    """One side of a public book: `levels`, best first; where the feed's part of them ends, None
    where it has none; and what of the feed lies beyond that."""

    levels: Levels
    end: Decimal | None = None
    deep: DeepLevels | None = None


def quoted(bid: Level, ask: Level, bids: Levels, asks: Levels) -> tuple[Levels, Levels]:
    """A book, best first, after its best levels were told anew: what is deeper stays."""
    return (
        (bid, *[level for level in bids if level[0] < bid[0]]),
        (ask, *[level for level in asks if level[0] > ask[0]]),
    )


def walked(shown: Levels, deep: DeepLevels | None) -> Iterator[Level]:
    """A side level by level, best first: what is shown, then what lies beyond."""
    if deep is None or not shown:
        return iter(shown)
    return chain(shown, islice(beyond(shown[-1][0], deep), LEVELS_MAX - len(shown)))


def beyond(price: Decimal, deep: DeepLevels | None) -> Iterator[Level]:
    """The levels worse than `price`, best first, as far as anybody goes."""
    limit = _PAGE_LEVELS
    while deep is not None and (page := deep.levels(price, limit)):
        yield from page
        price = page[-1][0]
        limit = min(2 * limit, LEVELS_MAX)


def best(shown: Levels, deep: DeepLevels | None, limit: int) -> Levels:
    """The best `limit` levels of a side."""
    if len(shown) >= limit or not shown or deep is None:
        return shown[:limit]
    return (*shown, *deep.levels(shown[-1][0], min(limit, LEVELS_MAX) - len(shown)))


def size_at(price: Decimal, deep: DeepLevels | None, *, is_bids: bool) -> Decimal:
    """What rests at exactly this price."""
    if deep is None:
        return ZERO
    better = price.next_plus() if is_bids else price.next_minus()
    for found, size in deep.levels(better, 1):
        if found == price:
            return size
    return ZERO


def is_worse(price: Decimal, other: Decimal, *, is_bids: bool) -> bool:
    """Whether a level at this price comes after one at the other."""
    return price < other if is_bids else price > other
