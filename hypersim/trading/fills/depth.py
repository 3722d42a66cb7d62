"""`depth`: orders fill against the sizes that the reference market shows.

An arriving order walks the levels. A resting order fills as quotes reach its price, limited by what
is shown there. What a pool takes from a level is gone for it until the feed refreshes the level.
"""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.events import Level
from hypersim.market.number import ZERO
from hypersim.trading.order import BUY, Order, Side
from hypersim.trading.reference import ReferenceMarket


class Depth:
    """Limited size at each level."""

    reads_levels = True

    def offers(
        self, reference: ReferenceMarket, side: Side, pool_id: int
    ) -> Iterator[tuple[Decimal, Decimal | None]]:
        """Every level with what is left of it."""
        return reference.left_for(side, pool_id)

    def reaches(
        self, reference: ReferenceMarket, order: Order, pool_id: int
    ) -> tuple[Decimal, tuple[Level, ...]]:
        """As much as is left at the order's price or better."""
        assert order.price is not None, order
        wanted, taken = order.remaining, []
        for price, left in reference.left_for(order.side, pool_id):
            is_reached = price <= order.price if order.side is BUY else price >= order.price
            if not is_reached or not wanted:
                break
            quantity = min(left, wanted)
            taken.append((price, quantity))
            wanted -= quantity
        return sum((quantity for _, quantity in taken), ZERO), tuple(taken)


MODEL = Depth()
