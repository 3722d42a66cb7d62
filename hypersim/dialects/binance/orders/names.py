"""What the parameters of an order are called, by itself and as a leg of a list."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """The parameters that describe one order. Most orders send none of the `rare` ones."""

    kind: str = "type"
    price: str = "price"
    stop_price: str = "stopPrice"
    trailing_delta: str = "trailingDelta"
    time_in_force: str = "timeInForce"
    iceberg: str = "icebergQty"
    client_order_id: str = "newClientOrderId"
    strategy_id: str = "strategyId"
    strategy_type: str = "strategyType"
    peg: tuple[str, str, str] = ("pegPriceType", "pegOffsetType", "pegOffsetValue")
    rare: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        rare = (self.stop_price, self.trailing_delta, self.iceberg, *self.peg)
        all_rare = frozenset((*rare, self.strategy_id, self.strategy_type))
        object.__setattr__(self, "rare", all_rare)

    @property
    def all(self) -> str:
        """Every one of them, with blanks between."""
        usual = (self.kind, self.price, self.time_in_force, self.client_order_id)
        return " ".join((*usual, *self.rare))


SINGLE = Names()

SHARED_NAMES = "selfTradePreventionMode newOrderRespType"
"""What is said once, of all orders of a request."""

ORDER_NAMES = f"symbol side quantity quoteOrderQty {SINGLE.all} {SHARED_NAMES}"
"""The parameters of a request about one new order."""

SOR_NAMES = " ".join(name for name in ORDER_NAMES.split() if name not in SINGLE.peg)
"""The same of an order that is routed, which cannot be pegged."""


def leg_names(prefix: str) -> Names:
    """Those of a leg: abovePrice, aboveStopPrice, …"""

    def leg(word: str) -> str:
        return f"{prefix}{word[:1].upper()}{word[1:]}"

    first, second, third = SINGLE.peg
    return Names(
        leg(SINGLE.kind),
        leg(SINGLE.price),
        leg(SINGLE.stop_price),
        leg(SINGLE.trailing_delta),
        leg(SINGLE.time_in_force),
        leg(SINGLE.iceberg),
        f"{prefix}ClientOrderId",
        leg(SINGLE.strategy_id),
        leg(SINGLE.strategy_type),
        (leg(first), leg(second), leg(third)),
    )
