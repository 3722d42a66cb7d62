"""Users' committed resting orders by price level, for the public book of shared matching."""

from collections import defaultdict
from decimal import Decimal

from hypersim.market.depth import is_worse, size_at
from hypersim.market.events import DeepLevels, Levels
from hypersim.market.number import ZERO
from hypersim.trading.order import Order, Side


class ShownBook:
    """Total visible quantity per symbol, side and price."""

    def __init__(self) -> None:
        self._levels: defaultdict[tuple[str, Side], dict[Decimal, Decimal]] = defaultdict(dict)

    def replace(self, before: Order | None, after: Order) -> None:
        """An order changed from one version to the next."""
        if before is not None and before.is_resting:
            self._add(before, -before.visible)
        if after.is_resting:
            self._add(after, after.visible)

    def merged(
        self,
        symbol: str,
        side: Side,
        reference: Levels,
        deep: DeepLevels | None = None,
    ) -> Levels:
        """The reference market's levels and the users' together, best first. Where users have
        orders beyond them, what lies there of the reference market is counted in."""
        own = self._levels.get((symbol, side))
        if not own:
            return reference
        is_bids = side is Side.BUY
        sizes = dict(reference)
        for price, quantity in own.items():
            theirs = sizes.get(price)
            if theirs is None and reference and is_worse(price, reference[-1][0], is_bids=is_bids):
                theirs = size_at(price, deep, is_bids=is_bids)
            sizes[price] = (theirs or ZERO) + quantity
        return tuple(sorted(sizes.items(), reverse=side is Side.BUY))

    def _add(self, order: Order, change: Decimal) -> None:
        assert order.price is not None, order
        levels = self._levels[order.symbol, order.side]
        quantity = levels.get(order.price, ZERO) + change
        if quantity:
            levels[order.price] = quantity
        else:
            levels.pop(order.price, None)
