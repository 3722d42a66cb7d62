"""What a market allows: the grid of its prices and quantities, and its smallest order.

Prices are quote per base, quantities base, notionals quote.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from scripts.rebalance_bot.domain.side import Side


@dataclass(frozen=True, slots=True)
class Market:
    """A pair and its rules."""

    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_notional: Decimal

    @property
    def symbol(self) -> str:
        """As the exchange writes it: QRLUSDT."""
        return f"{self.base}{self.quote}"

    def price(self, wanted: Decimal, side: Side) -> Decimal:
        """The price on the grid that is no worse for who trades: down for buys, up for sells."""
        rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        return on_grid(wanted, self.tick, rounding)

    def quantity(self, wanted: Decimal) -> Decimal:
        """The greatest quantity on the grid that is no more than `wanted`."""
        return on_grid(wanted, self.step, ROUND_FLOOR)

    def fits(self, price: Decimal, quantity: Decimal) -> bool:
        """Whether both are on the grid."""
        return price % self.tick == 0 and quantity % self.step == 0


def on_grid(number: Decimal, grid: Decimal, rounding: str) -> Decimal:
    """The multiple of `grid` next to `number`, with as many digits as the grid has."""
    return ((number / grid).to_integral_value(rounding) * grid).quantize(grid)
