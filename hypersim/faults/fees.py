"""`fees`: trading costs something else."""

from decimal import Decimal

import msgspec

from hypersim.account.user import FeeRates
from hypersim.faults import About, Fault, SetFees, Standing
from hypersim.market.number import parse_decimal


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of what is traded: 0.001 or "0.001" for 0.1 %."""

    maker: Decimal
    taker: Decimal

    def __post_init__(self) -> None:
        FeeRates(self.maker, self.taker)
        for rate in (self.maker, self.taker):
            parse_decimal(format(rate, "f"))


class Fees(Fault, frozen=True):
    """Of a user, of a symbol, or of everybody who has no rates of his own. What was before comes
    back."""

    fees: Rates

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.FEES

    @property
    def standing(self) -> Standing:
        """See `Fault`."""
        return SetFees(FeeRates(self.fees.maker, self.fees.taker))


FAULT = Fees
