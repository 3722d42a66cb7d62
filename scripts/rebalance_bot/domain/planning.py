"""When to rebalance and by how much, as the guide says: half of all value is to be coin.

A trade needs three things: the coin's value is off its target by the threshold at least, the short
average of the closes is on the right side of the long one, and the price is better than what the
coin has cost on average.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.side import Side

SHORT = 7
LONG = 25
"""Candles of the two averages."""

TARGET_SHARE = Decimal("0.5")
BUY_AT = Decimal("0.998")
SELL_AT = Decimal("1.002")
"""The limit, as a share of the price."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of coin and money, and how much of each is free of open orders."""

    coin: Decimal
    money: Decimal
    coin_free: Decimal
    money_free: Decimal


@dataclass(frozen=True, slots=True)
class Averages:
    """MA(7) and MA(25) of the closes."""

    short: Decimal
    long: Decimal

    @classmethod
    def of_closes(cls, closes: Sequence[Decimal]) -> "Averages | None":
        """None if there are too few; the newest is last."""
        if len(closes) < LONG:
            return None
        return cls(sum(closes[-SHORT:], Decimal(0)) / SHORT, sum(closes[-LONG:], Decimal(0)) / LONG)


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing is traded, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Trade:
    """An order to be sent; `market_price` is what its limit was made from."""

    side: Side
    quantity: Decimal
    price: Decimal
    market_price: Decimal
    deviation: Decimal
    reason: str

    @property
    def notional(self) -> Decimal:
        """What it is worth at its limit."""
        return self.quantity * self.price


def deviation_of(holdings: Holdings, price: Decimal) -> tuple[Decimal, Decimal]:
    """How much coin is worth more than its target (below zero: less), and that as a share of
    everything, without its sign. Zero where there is nothing."""
    value = holdings.coin * price
    total = value + holdings.money
    excess = value - total * TARGET_SHARE
    return excess, abs(excess) / total if total else Decimal(0)


def plan(
    market: Market,
    holdings: Holdings,
    averages: Averages | None,
    price: Decimal,
    average_cost: Decimal,
    threshold: Decimal,
) -> Hold | Trade:
    """What is to be done now."""
    if averages is None:
        return Hold(f"fewer than {LONG} candles")
    if price <= 0:
        return Hold("no price")
    excess, deviation = deviation_of(holdings, price)
    if deviation < threshold or excess == 0:
        return Hold(f"deviation {deviation:.4f} is below {threshold}")
    side = Side.SELL if excess > 0 else Side.BUY
    cost = average_cost if holdings.coin else None
    if reason := _against(side, averages, price, cost):
        return Hold(reason)
    limit = market.price(price * (BUY_AT if side is Side.BUY else SELL_AT), side)
    signal = "MA7 over MA25, price under cost" if side is Side.BUY else "MA7 under MA25, over cost"
    return Trade(side, market.quantity(abs(excess) / price), limit, price, deviation, signal)


def _against(side: Side, averages: Averages, price: Decimal, cost: Decimal | None) -> str:
    """What speaks against trading on this side; empty if nothing does. Where there is no coin,
    nothing has cost anything yet, and any price will do."""
    match side:
        case Side.BUY:
            trend, word = averages.short > averages.long, "under"
            good = cost is None or price < cost
        case Side.SELL:
            trend, word = averages.short < averages.long, "over"
            good = cost is None or price > cost
    if not trend:
        return f"no {side.value} signal: MA7 {averages.short:.8f}, MA25 {averages.long:.8f}"
    if not good:
        return f"price {price} is not {word} the average cost {cost:.8f}"
    return ""
