"""The public books, and who follows them by their differences."""

from collections import defaultdict
from typing import NamedTuple
from weakref import WeakSet

from hypersim.api.services import Services
from hypersim.market.book_difference import BookDifferences
from hypersim.market.events import Levels


class Snapshot(NamedTuple):
    """A book after so many changes, best prices first."""

    changes: int
    bids: Levels
    asks: Levels


class Books:
    """Of every symbol."""

    def __init__(self, services: Services) -> None:
        self._view = services.engine.view
        self._markets = services.markets
        self._followed: defaultdict[str, WeakSet[BookDifferences]] = defaultdict(WeakSet)

    def snapshot(self, symbol: str, limit: int) -> Snapshot:
        """The best `limit` levels of the book as it stands, to start from."""
        shown = self._markets.book(symbol)
        for differences in self._followed.get(symbol, ()):
            differences.observe(*shown)
        changes = self._view.markets[symbol].update_id
        return Snapshot(changes, *self._markets.depth(symbol, limit))

    def follow(self, symbol: str) -> BookDifferences:
        """The differences from now on; forgotten when nobody holds them any more."""
        shown = self._markets.book(symbol)
        followed = BookDifferences(self._view.markets[symbol].update_id, *shown)
        self._followed[symbol].add(followed)
        return followed
