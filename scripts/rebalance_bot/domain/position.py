"""How much coin there is, what it has cost on average, and the tiers that it is divided into."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.side import Side


class BadTiers(ValueError):
    """The tiers are not shares of a whole."""


@dataclass(frozen=True, slots=True)
class Position:
    """Coin held and its average cost in quote, without fees."""

    quantity: Decimal
    average_cost: Decimal

    def after(self, order: Order) -> "Position":
        """With what was filled of an order. A buy moves the average, a sale does not; fees change
        neither: they show in the account's balances."""
        if order.side is Side.SELL:
            return Position(self.quantity - order.executed, self.average_cost)
        held = self.quantity + order.executed
        if held == 0:
            return self
        paid = self.quantity * self.average_cost + order.executed_quote
        return Position(held, paid / held)


def parse_tiers(text: str) -> dict[str, Decimal]:
    """`core=0.7,swing=0.2,active=0.1`. Raises `BadTiers`."""
    tiers: dict[str, Decimal] = {}
    for part in text.split(","):
        name, equals, share = part.partition("=")
        if not equals or not name.strip() or name.strip() in tiers:
            raise BadTiers(f"{part!r} is not NAME=SHARE with a name of its own")
        try:
            tiers[name.strip()] = Decimal(share)
        except ArithmeticError:
            raise BadTiers(f"{share!r} is no number") from None
    if any(not share.is_finite() or share < 0 for share in tiers.values()):
        raise BadTiers("a share is a number from 0 to 1")
    if sum(tiers.values()) != 1:
        raise BadTiers(f"the shares add up to {sum(tiers.values())}, not to 1")
    return tiers


def divided(quantity: Decimal, tiers: Mapping[str, Decimal], market: Market) -> dict[str, Decimal]:
    """The quantity by tier, on the grid; the last tier has what rounding left."""
    *first, last = tiers
    parts = {name: market.quantity(quantity * tiers[name]) for name in first}
    return {**parts, last: quantity - sum(parts.values(), Decimal(0))}
