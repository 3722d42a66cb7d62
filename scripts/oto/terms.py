"""What is traded and at what price: the plan, the market's rules, and the terms of one pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

ZERO = Decimal(0)
ONE = Decimal(1)


class Unworkable(Exception):
    """The plan cannot be carried out on this market; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What every user does.

    Amounts are in the quote asset, offsets and moves are fractions of a price. `target_volume` is
    what buys and sells come to together; the pair that reaches it is the last one.
    """

    symbol: str
    target_volume: Decimal
    order_size: Decimal
    price_offset: Decimal
    """How far above the buy the sell stands."""

    entry_offset: Decimal = ZERO
    """How far below the best bid the buy stands; negative: above it."""

    move_max: Decimal = Decimal("0.01")
    """A pair is given up when the market has moved further than this."""

    calm_ms: int = 1_000
    """How long nothing is placed after a pair was given up."""

    resumes: bool = True
    """Whether trading goes on after a disconnect; otherwise the user stops there."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask."""

    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """A symbol's assets and the filters that a limit order has to pass."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal

    @classmethod
    def of_symbol(cls, found: Mapping[str, Any]) -> "Rules":
        """From an entry of exchangeInfo's `symbols`."""
        filters = _by_type(found["filters"])
        prices, lots = filters["PRICE_FILTER"], filters["LOT_SIZE"]
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        return cls(
            symbol=found["symbol"],
            base=found["baseAsset"],
            quote=found["quoteAsset"],
            tick=Decimal(prices["tickSize"]),
            step=Decimal(lots["stepSize"]),
            quantity_min=Decimal(lots["minQty"]),
            quantity_max=Decimal(lots["maxQty"]),
            notional_min=Decimal(notional.get("minNotional", 0)),
        )

    def price_below(self, price: Decimal) -> Decimal:
        """The highest price on a tick that is not above."""
        return _multiple(price, self.tick, ROUND_FLOOR)

    def price_above(self, price: Decimal) -> Decimal:
        """The lowest price on a tick that is not below."""
        return _multiple(price, self.tick, ROUND_CEILING)

    def quantity_below(self, quantity: Decimal) -> Decimal:
        """The largest quantity on a step that is not above."""
        return _multiple(quantity, self.step, ROUND_FLOOR)

    def allows(self, quantity: Decimal, price: Decimal) -> bool:
        """Whether an order of this size may be placed at this price."""
        is_in_range = self.quantity_min <= quantity <= self.quantity_max
        return is_in_range and quantity > 0 and quantity * price >= self.notional_min


@dataclass(frozen=True, slots=True)
class PairTerms:
    """Prices and quantities of one pair. `reference` is the best bid that they go by."""

    reference: Decimal
    buy_price: Decimal
    buy_quantity: Decimal
    sell_price: Decimal
    sell_quantity: Decimal

    @property
    def cost(self) -> Decimal:
        """What the buy takes at most, in the quote asset."""
        return self.buy_price * self.buy_quantity


def pair_terms(
    plan: Plan, rules: Rules, quote: Quote, *, fee: Decimal, spare: Decimal = ZERO
) -> PairTerms:
    """The next pair. Raises `Unworkable` when the market allows no orders of this size.

    `fee` is the rate taken from what is bought: only the rest can be sold, unless the account has
    `spare` base asset to make up for it.
    """
    buy_price = rules.price_below(quote.bid * (ONE - plan.entry_offset))
    if buy_price <= 0:
        raise Unworkable(f"{plan.symbol}: the buy would stand at {buy_price}")
    sell_price = rules.price_above(buy_price * (ONE + plan.price_offset))
    bought = rules.quantity_below(plan.order_size / buy_price)
    sold = rules.quantity_below(min(bought, bought * (ONE - fee) + spare))
    if not (rules.allows(bought, buy_price) and rules.allows(sold, sell_price)):
        raise Unworkable(
            f"{plan.symbol}: an order size of {plan.order_size} is too small or too large "
            f"(quantity {rules.quantity_min} to {rules.quantity_max}, "
            f"at least {rules.notional_min} {rules.quote})"
        )
    return PairTerms(quote.bid, buy_price, bought, sell_price, sold)


def plain(number: Decimal) -> str:
    """Without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def cycles_left(plan: Plan, volume: Decimal) -> int:
    """How many pairs it still takes, each being bought and sold whole."""
    left = (plan.target_volume - volume) / (2 * plan.order_size)
    return max(0, int(left.to_integral_value(ROUND_CEILING)))


def has_moved(reference: Decimal, price: Decimal, move_max: Decimal) -> bool:
    """Whether a price is too far from where it was, up or down."""
    return abs(price - reference) > reference * move_max


def has_dropped(reference: Decimal, price: Decimal, move_max: Decimal) -> bool:
    """Whether a price is too far below where it was."""
    return reference - price > reference * move_max


def _multiple(number: Decimal, unit: Decimal, rounding: str) -> Decimal:
    if not unit:
        return number
    return (number / unit).to_integral_value(rounding) * unit


def _by_type(filters: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {one["filterType"]: one for one in filters}
