"""What stands in a scenario: numbers in plain digits, durations, symbols, levels."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from hypersim.market.number import parse_decimal

NUMBER = "A number in plain digits"
Number = Annotated[str, Meta(description=NUMBER, examples=["12.5"])]
Duration = Annotated[str, Meta(description="Such as 500ms, 10s, 5m, 2h, 1d", examples=["10s"])]
Symbol = Annotated[str, Meta(description="In any spelling", examples=["BTC/USDT"])]
Pair = tuple[Number, Number]
"""Price and size."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Of a scenario."""


def amount(name: str, text: str) -> Decimal:
    """A number above zero. Raises ValueError."""
    try:
        number = parse_decimal(text)
    except ValueError:
        number = Decimal(0)
    if number <= 0:
        raise ValueError(f"{name} must be a number above zero such as 12.5, not {text[:40]!r}")
    return number


def prices_of(name: str, levels: tuple[Pair, ...]) -> list[Decimal]:
    """Of the levels of one side of a book, in their order. Raises ValueError."""
    for _, size in levels:
        amount(f"a size of {name}", size)
    return [amount(f"a price of {name}", price) for price, _ in levels]
