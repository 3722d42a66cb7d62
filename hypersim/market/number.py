"""Exact decimal numbers: strict parsing, plain formatting, rounding with a named direction.

`Decimal` alone would also take NaN, Infinity, 1e9, 1_000, " 5 " and Arabic digits, and would
round silently at 28 digits; a price times a quantity may need 76.
"""

import decimal
import re
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from functools import lru_cache

PRECISION = 76
"""Significant digits: the exact product of two NUMERIC(38,18) values always fits."""

NUMBER_END = Decimal(10) ** 20
"""What the record holds is below: NUMERIC(38,18)."""

PLACES_MAX = 18
"""Decimals that the record can hold."""

INTEGER_MAX = 2**63 - 1
"""The largest whole number that the record can hold."""

TIME_MS_MAX = 253_402_300_799_999
"""The last moment of the year 9999, beyond which dates cannot be written."""

ZERO = Decimal(0)
ONE = Decimal(1)
QUANTA = tuple([ONE.scaleb(-places) for places in range(PLACES_MAX + 1)])
"""By decimals, the smallest number that has so many: 0.01 of 2."""

# Threads started later copy DefaultContext; the importing thread has its own context already.
decimal.DefaultContext.prec = PRECISION
decimal.getcontext().prec = PRECISION

NUMBERS_KEPT = 4_096
"""Clients send nearly the same amounts and prices again and again."""

_PLAIN = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?", re.ASCII)


@lru_cache(NUMBERS_KEPT)
def parse_decimal(text: str) -> Decimal:
    """The number that `text` spells in plain ASCII digits: 20 before the point, 18 after it.

    Raises ValueError for everything else, signs and exponents included.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a plain decimal number such as 12.5")
    return Decimal(text)


def is_recordable(number: Decimal) -> bool:
    """Whether the record can hold it exactly."""
    if not number.is_finite() or abs(number) >= NUMBER_END:
        return False
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), number
    return exponent >= -PLACES_MAX or places_of(number) <= PLACES_MAX


def plain(number: Decimal) -> str:
    """Digits without exponent or trailing zeros: `0.1`, never `1E-1` or `0.10`."""
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def floor_to(number: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above a non-negative `number`."""
    return (number // step) * step


def ceil_to(number: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `number`."""
    return (number / step).to_integral_value(ROUND_CEILING) * step


def is_multiple(number: Decimal, step: Decimal) -> bool:
    """Whether `number` sits on the grid of `step`."""
    return number % step == 0


def truncate(number: Decimal, places: int) -> Decimal:
    """`number` cut after `places` decimals, towards zero."""
    return number.quantize(QUANTA[places], ROUND_DOWN)


def places_of(step: Decimal) -> int:
    """How many decimals a multiple of `step` can have: 2 for 0.01, 0 for 5."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), step
    return max(0, -exponent)
