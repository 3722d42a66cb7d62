"""The order book that recorded snapshots and updates add up to."""

from decimal import Decimal

from sortedcontainers import SortedDict

from hypersim.feeds.replay.rows import DepthChange
from hypersim.market.events import DepthUpdated

LEVELS_SHOWN = 100
"""Levels on each side of an event."""


class RecordedBook:
    """One symbol's book. The newest word wins: a level that crosses older ones removes them, so the
    book is never crossed, even where the recording has a gap."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._update_id = -1
        # Bids are kept under their negative price, so that both sides start with the best.
        self._bids: SortedDict = SortedDict()
        self._asks: SortedDict = SortedDict()

    def apply(self, change: DepthChange) -> DepthUpdated | None:
        """The book after the change; None when a snapshot has it already."""
        if change.is_snapshot:
            self._bids.clear()
            self._asks.clear()
        elif change.update_id <= self._update_id:
            return None
        self._update_id = change.update_id
        for price, size in change.bids:
            _set(self._bids, -price, size)
            _remove_crossed(self._asks, price, size)
        for price, size in change.asks:
            _set(self._asks, price, size)
            _remove_crossed(self._bids, -price, size)
        bids, asks = self._bids.items(), self._asks.items()
        return DepthUpdated(
            self._symbol,
            change.time_ms,
            tuple([(-key, size) for key, size in bids[:LEVELS_SHOWN]]),
            tuple(asks[:LEVELS_SHOWN]),
        )


def _set(side: SortedDict, key: Decimal, size: Decimal) -> None:
    if size:
        side[key] = size
    else:
        side.pop(key, None)


def _remove_crossed(side: SortedDict, key: Decimal, size: Decimal) -> None:
    """Remove the best levels of `side` that a new level of the other side meets."""
    while size and side and side.peekitem(0)[0] <= key:
        side.popitem(0)
