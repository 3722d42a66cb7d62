"""How much an account has open, as a value."""

from decimal import Decimal

import msgspec

from hypersim.market.number import ZERO


class Open(msgspec.Struct):
    """What an account has open. `to_buy` is what its buy orders may still bring, in base; over
    several symbols that would say nothing, and it stays zero."""

    orders: int = 0
    conditional: int = 0
    icebergs: int = 0
    lists: int = 0
    to_buy: Decimal = ZERO
