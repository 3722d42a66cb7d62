"""`touch`: whole orders fill at the best price, whatever size is shown there.

The rule of the original design: a market order trades at the best bid or ask, a limit order when
that price reaches its own. Nothing is eaten and nothing is partial.
"""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.events import Level
from hypersim.market.number import ZERO
from hypersim.trading.order import BUY, Order, Side
from hypersim.trading.reference import ReferenceMarket


class Touch:
    """Unlimited size at the best price."""

    reads_levels = False

    def offers(
        self, reference: ReferenceMarket, side: Side, pool_id: int
    ) -> Iterator[tuple[Decimal, Decimal | None]]:
        """The best price, without limit."""
        del pool_id
        best = reference.best_for(side)
        if best is not None:
            yield best, None

    def reaches(
        self, reference: ReferenceMarket, order: Order, pool_id: int
    ) -> tuple[Decimal, tuple[Level, ...]]:
        """All of it once the other side's best price is at the order's price or better."""
        del pool_id
        best = reference.best_for(order.side)
        if best is None or order.price is None:
            return ZERO, ()
        is_reached = best <= order.price if order.side is BUY else best >= order.price
        return (order.remaining if is_reached else ZERO), ()


MODEL = Touch()
