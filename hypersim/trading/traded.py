"""A fill before its fee, and the fee."""

from decimal import Decimal

import msgspec

from hypersim.market.number import ZERO
from hypersim.trading.order import Side


class Fee(msgspec.Struct, frozen=True, gc=False):
    """`amount` of `asset`; `rate` is what was charged of the fill's worth."""

    amount: Decimal
    asset: str
    rate: Decimal


class Traded(msgspec.Struct, frozen=True, gc=False):
    """A fill before its fee: `quantity` in base, its `worth` in quote. Both others are in what the
    order pays with. `reserved` is what an arriving order still has to pay, this fill included but
    not its fee; nothing for a resting one, which has locked it. `spare` is what a resting one has
    locked beyond what this fill and the rest of it cost."""

    side: Side
    quantity: Decimal
    worth: Decimal
    reserved: Decimal = ZERO
    spare: Decimal = ZERO
