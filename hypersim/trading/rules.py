"""How an exchange works: what is chosen when it is made."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from hypersim.market.instrument import Instrument
from hypersim.trading.fees import FeeModel
from hypersim.trading.fees import load as load_fees
from hypersim.trading.fills import FillModel


class Matching(StrEnum):
    """Whether accounts see each other's orders."""

    ISOLATED = "isolated"
    SHARED = "shared"


class FeeDiscount(msgspec.Struct, frozen=True):
    """Fees paid in `asset` are less by `share` (0.25: a quarter less)."""

    asset: str
    share: Decimal


class AccountLimits(msgspec.Struct, frozen=True):
    """The most that an account may have open in all symbols together, and by asset the largest
    amount that it may trade in one order; None: any number."""

    orders: int | None = None
    conditional: int | None = None
    icebergs: int | None = None
    lists: int | None = None
    assets: Mapping[str, Decimal] = {}


class Rules(msgspec.Struct, frozen=True):
    """How this exchange works; chosen at the start and never changed while it runs. Withdrawals
    complete after `withdrawal_ms`; None leaves them to the admin."""

    fills: FillModel
    fees: FeeModel
    matching: Matching = Matching.ISOLATED
    discount: FeeDiscount | None = None
    withdrawal_ms: int | None = None
    account_limits: AccountLimits = AccountLimits()

    def fees_of(self, instrument: Instrument) -> FeeModel:
        """The fee model in force for it; LookupError where its own does not exist."""
        name = instrument.fee_model
        return self.fees if name is None else load_fees(name)
