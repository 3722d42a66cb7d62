"""The order book around a synthetic price: a tight spread, then levels that thin out with distance.

The axis of prices is cut into cells with one level each, whose price never changes. So most of a
book stands still while its best prices move through it, as in a real one. What is near the best
prices changes its sizes every few seconds; what is far rests, and is only made when asked for.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from math import ceil, floor
from typing import NamedTuple

import msgspec
import numpy as np

from hypersim.feeds.synthetic.noise import Ints, key_of, mixed
from hypersim.market.events import Level, UnmadeLevels

LEVELS = 30
"""Levels on each side that every book shows, fewer where the price is too near to zero."""

_CELLS = 25_000
"""Cells from nothing to the price at home, where ticks are fine enough."""

_ANCHOR = 1_024
_DENSE, _HALF = 2_048, 8_192
"""Cells from the anchor up to which all have a level, and every second; beyond, every fourth."""

_FAR = 32_768
_STAYS = 8
"""Moments that a size stays, at least; twice as many at most."""

_CACHED_MAX = 512


class DeepSide(msgspec.Struct, frozen=True):
    """One side of a book beyond what every book shows, at rest. Sizes grow with distance."""

    key: int
    is_bids: bool
    gap: int
    anchor: int
    size: int
    tick: Decimal
    step: Decimal

    def levels(self, beyond: Decimal, limit: int) -> tuple[Level, ...]:
        """The first `limit` levels that are worse than the price `beyond`, best first."""
        edge = ceil(beyond / self.tick) if self.is_bids else floor(beyond / self.tick)
        cell = edge // self.gap
        way = -1 if self.is_bids else 1
        cells = cell + way * np.arange(4 * limit + 8, dtype=np.int64)
        away = np.abs(cells - self.anchor)
        every = np.where(away < _DENSE, 1, np.where(away < _HALF, 2, 4))
        cells = cells[(cells % every == 0) & (cells > 0) & (away < _FAR)]
        bits = mixed(self.key, cells.astype(np.uint64))
        prices = cells * self.gap + (bits % np.uint64(self.gap)).astype(np.int64)
        sizes = _sizes(bits, self.size) * (1 + np.abs(cells - self.anchor) // 512)
        is_beyond = prices < edge if self.is_bids else prices > edge
        tick, step = self.tick, self.step
        rows = zip(prices[is_beyond].tolist(), sizes[is_beyond].tolist(), strict=True)
        return tuple([(tick * price, step * size) for price, size in rows])[:limit]


class ShownSide(UnmadeLevels):
    """One side of the book of a moment."""

    __slots__ = ("_book", "_is_bids", "_moment", "_touch")

    def __init__(self, best: Level, book: "Book", is_bids: bool, touch: int, moment: int) -> None:
        super().__init__(best)
        self._book = book
        self._is_bids, self._touch, self._moment = is_bids, touch, moment

    def make(self) -> tuple[Level, ...]:
        """See `UnmadeLevels`."""
        behind = self._book.behind(self._is_bids, self._touch, self._moment)
        return (self.best, *islice(behind, LEVELS - 1))


class _Cell(NamedTuple):
    """What stands in a cell from one moment up to another; the price in ticks."""

    since: int
    until: int
    price: int
    level: Level


class Book:
    """The book of one market. `size` is what a level usually shows, in steps."""

    def __init__(
        self, seed: int, symbol: str, home: float, size: int, tick: Decimal, step: Decimal
    ) -> None:
        self._touch_key = key_of(seed, symbol, "touch")
        self._keys = key_of(seed, symbol, "asks"), key_of(seed, symbol, "bids")
        self._gap = max(1, int(home) // _CELLS)
        self._size = size
        self._tick, self._step = tick, step
        self._known: tuple[dict[int, _Cell], ...] = ({}, {})

    def shown(self, price: int, *, is_ask: bool, moment: int) -> tuple["ShownSide", "ShownSide"]:
        """Bids and asks, best first, with `price` as the best ask or the best bid; `moment` says
        which book of many."""
        bits = mixed(self._touch_key, moment)
        spread = 1 + ((bits >> 1) % (1 + price // 100_000) if bits & 1 else 0)
        ask = price if is_ask else price + spread
        bid = max(1, price - spread) if is_ask else price
        best_bid = self._level(bid, (bits >> 20 & 0xFFFF) / 65_536.0)
        best_ask = self._level(ask, (bits >> 40 & 0xFFFF) / 65_536.0)
        return (
            ShownSide(best_bid, self, True, bid, moment),
            ShownSide(best_ask, self, False, ask, moment),
        )

    def deep(self, price: int) -> tuple[DeepSide, DeepSide]:
        """The rest of the bids and of the asks on a day that opened at `price`."""
        anchor = price // self._gap // _ANCHOR * _ANCHOR
        asks, bids = (
            DeepSide(key, bool(is_bids), self._gap, anchor, self._size, self._tick, self._step)
            for is_bids, key in enumerate(self._keys)
        )
        return bids, asks

    def behind(self, is_bids: bool, touch: int, moment: int) -> Iterator[Level]:
        """The levels of a side that are worse than the best one at `touch`, best first."""
        known = self._known[is_bids]
        if len(known) > _CACHED_MAX:
            known.clear()
        way = -1 if is_bids else 1
        cell = touch // self._gap
        last = max(0, cell - 2 * LEVELS) if is_bids else cell + 2 * LEVELS
        while cell != last:
            found = known.get(cell)
            if found is None or not found.since <= moment < found.until:
                found = known[cell] = self._cell(is_bids, cell, moment)
            price, level = found.price, found.level
            if price < touch if is_bids else price > touch:
                yield level
            cell += way

    def _cell(self, is_bids: bool, cell: int, moment: int) -> "_Cell":
        bits = mixed(self._keys[is_bids], cell)
        stays = _STAYS + (bits >> 50) % _STAYS
        turn = (moment + (bits >> 40)) // stays
        price = cell * self._gap + bits % self._gap
        size = mixed(bits, turn) >> 48
        until = (turn + 1) * stays - (bits >> 40)
        return _Cell(until - stays, until, price, self._level(price, size / 65_536.0))

    def _level(self, price: int, roll: float) -> Level:
        size = 1 + floor(self._size * (0.1 + roll * roll * (1.0 + 4.0 * roll * roll)))
        return self._tick * price, self._step * size


def _sizes(bits: Ints, size: int) -> Ints:
    rolls = (bits >> np.uint64(48)) / 65_536.0
    grown = 0.1 + rolls * rolls * (1.0 + 4.0 * rolls * rolls)
    return 1 + np.floor(size * grown).astype(np.int64)
