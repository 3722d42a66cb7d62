"""Numbers and times exactly as Binance prints them."""

from decimal import ROUND_DOWN, Decimal
from enum import IntEnum

PLACES = 8
"""Decimals of every price, quantity and balance, unless an asset has more."""

_GRIDS = {places: Decimal(1).scaleb(-places) for places in range(19)}

NO_NUMBER = "0.00000000"


class TimeUnit(IntEnum):
    """How many of the unit there are in a millisecond."""

    MILLISECOND = 1
    MICROSECOND = 1_000


TIME_UNITS = {
    "MILLISECOND": TimeUnit.MILLISECOND,
    "millisecond": TimeUnit.MILLISECOND,
    "MICROSECOND": TimeUnit.MICROSECOND,
    "microsecond": TimeUnit.MICROSECOND,
}
"""As `X-MBX-TIME-UNIT` and `timeUnit=` spell them."""


def fixed(number: Decimal, places: int = PLACES) -> str:
    """`number` with exactly so many decimals: 0.00000000, never 0E-8. Further ones are cut off, so
    that no amount is shown larger than it is."""
    return format(number.quantize(_GRIDS[places], ROUND_DOWN), "f")


def fixed_or_zero(number: Decimal | None, places: int = PLACES) -> str:
    """The same, and zero for what there is not."""
    return NO_NUMBER if number is None else fixed(number, places)
