"""`quote`: both sides pay in quote, as at Kraken and Coinbase.

A seller's fee comes out of what it receives. A buyer's is paid beside the cost, so a buy needs and
locks its cost and the greatest fee that it can come to: by the higher of the account's two rates,
rounded up. What that turns out to be too much is released as the order fills or ends. An order by
cost spends its cost on the base, and pays its fee beside that.

A resting order keeps what it locked when it was placed. Where more is due when it fills (rates were
raised meanwhile, or the market had another fee model), the fee comes out of that first, then out of
what the account has available; what neither pays for is not charged.

Amounts are cut after the quote's decimals, in favor of the account.
"""

from decimal import Decimal

from hypersim.market.instrument import Instrument
from hypersim.market.number import ONE, ZERO, ceil_to, truncate
from hypersim.trading.fees import FeeSide
from hypersim.trading.order import Side


class Quote:
    """Rate times what the fill is worth."""

    side = FeeSide.QUOTE

    def fee(
        self,
        instrument: Instrument,
        side: Side,
        *,
        quantity: Decimal,
        worth: Decimal,
        rate: Decimal,
    ) -> tuple[Decimal, str]:
        """Of the quote for both."""
        del side, quantity
        return truncate(worth * rate, instrument.quote_places), instrument.quote

    def reserve(self, instrument: Instrument, side: Side, paid: Decimal, rate: Decimal) -> Decimal:
        """A buyer's fee of all that it pays."""
        if side is Side.SELL:
            return ZERO
        return ceil_to(paid * rate, ONE.scaleb(-instrument.quote_places))


MODEL = Quote()
