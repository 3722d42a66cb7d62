"""The book's streams: diffs, the best levels, the best prices."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hypersim.dialects.binance.book_ids import first_update_id, last_update_id, snapshot_id
from hypersim.dialects.binance.streams_sources import Market, Payload, timeless
from hypersim.dialects.binance.text import TimeUnit
from hypersim.market.events import Level
from hypersim.market.number import ZERO

Levels = tuple[Level, ...]


class Diff(NamedTuple):
    """What changed, best prices first; a size of zero means that the level is gone."""

    first_id: int
    last_id: int
    bids: list[Level]
    asks: list[Level]


class BookDiffs:
    """States of one book, as the differences between them. `changes` is how often the book had
    changed when the last diff ended.

    Each diff begins where the one before ended, so that whoever has a snapshot and applies the
    diffs after it has the book.
    """

    def __init__(self, changes: int, bids: Levels, asks: Levels) -> None:
        self.changes = changes
        self._bids, self._asks = bids, asks

    def advance(self, changes: int, bids: Levels, asks: Levels) -> Diff | None:
        """From the last state to this one, which the book has after so many changes. None when
        they show the same; the next diff then spans this one."""
        if changes == self.changes:
            return None
        changed_bids = _changed(self._bids, bids, reverse=True)
        changed_asks = _changed(self._asks, asks, reverse=False)
        self._bids, self._asks = bids, asks
        if not (changed_bids or changed_asks):
            return None
        first_id = first_update_id(self.changes)
        self.changes = changes
        return Diff(first_id, last_update_id(changes), changed_bids, changed_asks)


class DiffSource:
    """<symbol>@depth"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._diffs = BookDiffs(market.data.update_id, *market.book())

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        changes = self._market.data.update_id
        if changes == self._diffs.changes:
            return ()
        diff = self._diffs.advance(changes, *self._market.book())
        if diff is None:
            return ()
        market = self._market
        bids, asks = market.levels(diff.bids), market.levels(diff.asks)

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "depthUpdate",
                "E": now_ms * unit,
                "s": market.id,
                "U": diff.first_id,
                "u": diff.last_id,
                "b": bids,
                "a": asks,
            }

        return (payload,)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`: the state is what the REST API's depth is for."""
        del now_ms
        return ()


class PartialBookSource:
    """<symbol>@depth5"""

    def __init__(self, market: Market, levels: int) -> None:
        self._market = market
        self._levels = levels
        self._changes = market.data.update_id

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        if self._market.data.update_id == self._changes:
            return ()
        self._changes = self._market.data.update_id
        return self.current(now_ms)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        market = self._market
        bids, asks = market.book()
        body = {
            "lastUpdateId": snapshot_id(market.data.update_id),
            "bids": market.levels(bids[: self._levels]),
            "asks": market.levels(asks[: self._levels]),
        }
        return (timeless(body),) if bids or asks else ()


class BookTickerSource:
    """<symbol>@bookTicker"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._best = self._look()

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        best = self._look()
        if best == self._best:
            return ()
        self._best = best
        return self.current(now_ms)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        market = self._market
        bid, ask = self._best
        body = {
            "u": last_update_id(market.data.update_id),
            "s": market.id,
            "b": market.price(bid[0]),
            "B": market.quantity(bid[1]),
            "a": market.price(ask[0]),
            "A": market.quantity(ask[1]),
        }
        return (timeless(body),) if bid[0] or ask[0] else ()

    def _look(self) -> tuple[Level, Level]:
        bids, asks = self._market.book()
        return bids[0] if bids else _NOTHING, asks[0] if asks else _NOTHING


_NOTHING: Level = (ZERO, ZERO)


def _changed(before: Levels, after: Levels, *, reverse: bool) -> list[Level]:
    if before is after:
        return []
    sizes: dict[Decimal, Decimal] = dict(before)
    changed = [level for level in after if sizes.pop(level[0], None) != level[1]]
    # What is left in the table is no longer in the book.
    changed += [(price, ZERO) for price in sizes]
    changed.sort(reverse=reverse)
    return changed
