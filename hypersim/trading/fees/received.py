"""`received`: a share of what the fill brings, as spot exchanges charge by default.

A buyer pays in base, a seller in quote. The amount is cut after the asset's decimals, in favor of
the account.
"""

from decimal import Decimal

from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, truncate
from hypersim.trading.fees import FeeSide
from hypersim.trading.order import BUY, Side


class Received:
    """Rate times what is received."""

    side = FeeSide.RECEIVED

    def fee(
        self,
        instrument: Instrument,
        side: Side,
        *,
        quantity: Decimal,
        worth: Decimal,
        rate: Decimal,
    ) -> tuple[Decimal, str]:
        """Of the base for a buyer, of the quote for a seller."""
        if side is BUY:
            return truncate(quantity * rate, instrument.base_places), instrument.base
        return truncate(worth * rate, instrument.quote_places), instrument.quote

    def reserve(self, instrument: Instrument, side: Side, paid: Decimal, rate: Decimal) -> Decimal:
        """Nothing: what comes in pays for it."""
        del instrument, side, paid, rate
        return ZERO


MODEL = Received()
