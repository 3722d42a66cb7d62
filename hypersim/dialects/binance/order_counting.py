"""Gives accounts back what their orders counted once these trade, and all of it after a reset."""

from collections.abc import Sequence

from hypersim.api.followers import follow
from hypersim.dialects.binance.operations import Venue
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderFilled


class FillCounter:
    """Counts fills off the orders."""

    name = "counts of orders"

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        now_ms = self._venue.now_ms()
        for transaction in transactions:
            for event in transaction.events:
                if isinstance(event, OrderFilled):
                    self._venue.order_counts.filled(event.order, event.fill, now_ms)

    def begin_again(self) -> None:
        """See `Follower`."""
        self._venue.order_counts.forget()

    def miss(self) -> None:
        """See `Follower`. Orders that were missed stay counted until their window ends."""


async def count_fills(venue: Venue) -> None:
    """Watch committed fills and resets until canceled."""
    await follow(venue.services.engine, FillCounter(venue))
