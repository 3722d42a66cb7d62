"""Levels beyond the shown ones for tests: one at every whole price, up to an end."""

from decimal import Decimal

import msgspec

from hypersim.market.events import Level


class WholePrices(msgspec.Struct, frozen=True):
    """See `DeepLevels`. Sizes are `size` and up to two more, by the price."""

    is_bids: bool
    size: int = 1
    end: int = 60

    def levels(self, beyond: Decimal, limit: int) -> tuple[Level, ...]:
        """See `DeepLevels`."""
        prices = range(self.end, 0, -1) if self.is_bids else range(1, self.end)
        worse = [price for price in prices if price != beyond and (price < beyond) is self.is_bids]
        return tuple((Decimal(p), Decimal(self.size + p % 3)) for p in worse[:limit])
