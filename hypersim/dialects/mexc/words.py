"""MEXC's words for orders, and what they mean here (spot_v3_en, "ENUM definitions")."""

from typing import NamedTuple

from hypersim.trading.order import (
    Order,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)


def long_id(number: int) -> str:
    """An id of what moves money, as long as the venue's."""
    return f"{number:032x}"


SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
SIDE_WORDS = {side: word for word, side in SIDES.items()}

PREVENTIONS = {
    "cancel_maker": SelfTradePrevention.EXPIRE_MAKER,
    "cancel_taker": SelfTradePrevention.EXPIRE_TAKER,
    "cancel_both": SelfTradePrevention.EXPIRE_BOTH,
}
"""The `stpMode`; without one an account may trade with itself."""

PREVENTION_WORDS = {mode: word for word, mode in PREVENTIONS.items()}


class Kind(NamedTuple):
    """What a `type` stands for."""

    type: OrderType
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False


TYPE_WORDS = {
    "LIMIT": Kind(OrderType.LIMIT),
    "MARKET": Kind(OrderType.MARKET),
    "LIMIT_MAKER": Kind(OrderType.LIMIT, post_only=True),
    "IMMEDIATE_OR_CANCEL": Kind(OrderType.LIMIT, TimeInForce.IOC),
    "FILL_OR_KILL": Kind(OrderType.LIMIT, TimeInForce.FOK),
}

KINDS = {
    **TYPE_WORDS,
    # What the examples of batches call them.
    "LIMIT_ORDER": TYPE_WORDS["LIMIT"],
    "MARKET_ORDER": TYPE_WORDS["MARKET"],
}

_WORDS = {
    (kind.type, kind.time_in_force, kind.post_only): word for word, kind in TYPE_WORDS.items()
}
_OPEN_WORDS = {
    OrderStatus.NEW: "NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
}


def type_word(order: Order) -> str:
    """The order's `type`. What other APIs know besides is a limit or a market order here."""
    if order.type is OrderType.MARKET:
        return "MARKET"
    return _WORDS.get(Kind(order.type, order.time_in_force, order.post_only), "LIMIT")


def status_word(order: Order) -> str:
    """The order's `status`: what ended without being filled is canceled here, why ever."""
    if order.status in _OPEN_WORDS:
        return _OPEN_WORDS[order.status]
    return "PARTIALLY_CANCELED" if order.filled else "CANCELED"
