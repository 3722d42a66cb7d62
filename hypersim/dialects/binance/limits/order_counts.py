"""Gives accounts back what their orders counted once these trade, and all of it after a reset."""

from collections.abc import Sequence

from hypersim.api.streams.followers import follow
from hypersim.dialects.binance.limits.weights import OrderCounts
from hypersim.service.engine import Engine
from hypersim.service.transaction import Transaction
from hypersim.trading.events import OrderFilled


class FillCounter:
    """Counts fills off the orders."""

    name = "counts of orders"

    def __init__(self, engine: Engine, counts: OrderCounts) -> None:
        self._now_ms = engine.clock.now_ms
        self._counts = counts

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        now_ms = self._now_ms()
        for transaction in transactions:
            for event in transaction.events:
                if isinstance(event, OrderFilled):
                    self._counts.filled(event.order, event.fill, now_ms)

    def begin_again(self) -> None:
        """See `Follower`."""
        self._counts.forget()

    def miss(self) -> None:
        """See `Follower`. Orders that were missed stay counted until their window ends."""


async def count_fills(engine: Engine, counts: OrderCounts) -> None:
    """Watch committed fills and resets until canceled."""
    await follow(engine, FillCounter(engine, counts))
