"""Gives accounts back what their orders counted once these trade, and all of it after a reset."""

from collections.abc import Sequence

from hypersim.dialects.binance.limits.weights import OrderCounts
from hypersim.service.engine import Engine
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderFilled


class FillCounter:
    """Counts fills off the orders. See `Follower`."""

    name = "counts of orders"

    def __init__(self, engine: Engine, counts: OrderCounts) -> None:
        self._now_ms = engine.clock.now_ms
        self._counts = counts

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        for transaction in transactions:
            for event in transaction.events:
                if isinstance(event, OrderFilled):
                    self._counts.filled(event.order, event.fill, self._now_ms())

    def begin_again(self) -> None:
        """See `Follower`."""
        self._counts.forget()

    def miss(self) -> None:
        """See `Follower`. Orders that were missed stay counted until their window ends."""
