"""Binance's words for orders, and what they mean here."""

from typing import NamedTuple

from hypersim.trading.commands import CancelRestriction
from hypersim.trading.order import (
    CloseReason,
    Order,
    OrderStatus,
    OrderType,
    PegBasis,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind, ListStatus, ListStatusType, OrderList

_SELF_TRADE = CloseReason.SELF_TRADE
SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
SIDE_WORDS = {side: word for word, side in SIDES.items()}

TIMES_IN_FORCE = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
TIME_IN_FORCE_WORDS = {
    **{time_in_force: word for word, time_in_force in TIMES_IN_FORCE.items()},
    # Orders with an end date come from another API; like GTC they rest until something happens.
    TimeInForce.GTD: "GTC",
}

RESTRICTIONS = {one.value.upper(): one for one in CancelRestriction}

PREVENTIONS = {mode.value.upper(): mode for mode in SelfTradePrevention}
PREVENTION_WORDS = {mode: word for word, mode in PREVENTIONS.items()}
DEFAULT_PREVENTION = SelfTradePrevention.EXPIRE_MAKER
"""As `exchangeInfo` announces it."""


class Kind(NamedTuple):
    """What a `type` stands for, and which parameters it takes."""

    word: str
    type: OrderType
    trigger: Trigger | None
    post_only: bool
    is_limit: bool
    """It states a price."""

    takes_time_in_force: bool
    """It states how long it may rest; what is post-only may rest for good."""

    is_plain_market: bool
    """It trades at once, at any price."""


def _kind(
    word: str, type_: OrderType, trigger: Trigger | None = None, *, post_only: bool = False
) -> Kind:
    is_limit = type_ is OrderType.LIMIT
    is_plain_market = not is_limit and trigger is None
    return Kind(
        word, type_, trigger, post_only, is_limit, is_limit and not post_only, is_plain_market
    )


KINDS = {
    kind.word: kind
    for kind in (
        _kind("LIMIT", OrderType.LIMIT),
        _kind("MARKET", OrderType.MARKET),
        _kind("LIMIT_MAKER", OrderType.LIMIT, post_only=True),
        _kind("STOP_LOSS", OrderType.MARKET, Trigger.STOP_LOSS),
        _kind("STOP_LOSS_LIMIT", OrderType.LIMIT, Trigger.STOP_LOSS),
        _kind("TAKE_PROFIT", OrderType.MARKET, Trigger.TAKE_PROFIT),
        _kind("TAKE_PROFIT_LIMIT", OrderType.LIMIT, Trigger.TAKE_PROFIT),
    )
}
_TYPE_WORDS = {(kind.type, kind.trigger, kind.post_only): word for word, kind in KINDS.items()}

_STATUS_WORDS = {
    **{status: status.value.upper() for status in OrderStatus},
    OrderStatus.NEW: "PENDING_NEW",
    OrderStatus.OPEN: "NEW",
}

_EXPIRY_WORDS = {
    CloseReason.EXPIRY: "EXCHANGE_CANCELED",
    CloseReason.BY_EXCHANGE: "EXCHANGE_CANCELED",
    CloseReason.SIBLING_STARTED: "OCO_TRIGGER",
    CloseReason.WORKING_ENDED: "OTO_PHASE_ONE_EXPIRED",
    CloseReason.REFUSED: "REJECTED",
}
_UNFILLED_WORDS = {
    TimeInForce.IOC: "UNFILLED_IOC_QUANTITY_EXPIRED",
    TimeInForce.FOK: "UNFILLED_FOK_ORDER_EXPIRED",
}


def symbol_word(symbol: str) -> str:
    """BTCUSDT for BTC/USDT."""
    return symbol.replace("/", "")


def type_word(order: Order) -> str:
    """The order's `type`."""
    return _TYPE_WORDS[order.type, order.trigger, order.post_only]


def status_word(order: Order) -> str:
    """The order's `status`."""
    if order.close_reason is _SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    return _STATUS_WORDS[order.status]


def expiry_word(order: Order) -> str | None:
    """The order's `expiryReason`, if it expired for one that has a word."""
    reason = order.close_reason
    if reason is None or order.status is not OrderStatus.EXPIRED:
        return None
    if reason is CloseReason.TIME_IN_FORCE:
        if order.type is OrderType.MARKET:
            return "INSUFFICIENT_LIQUIDITY"
        return _UNFILLED_WORDS.get(order.time_in_force)
    return _EXPIRY_WORDS.get(reason)


def client_order_id(order: Order) -> str:
    """The order's name. One that came without, through another API, is named by its number."""
    return order.client_order_id or str(order.id)


PEG_BASES = {"PRIMARY_PEG": PegBasis.PRIMARY, "MARKET_PEG": PegBasis.MARKET}
PEG_WORDS = {basis: word for word, basis in PEG_BASES.items()}
PEG_OFFSET_TYPE = "PRICE_LEVEL"

STATUS_TYPE_WORDS = {
    ListStatusType.STARTED: "EXEC_STARTED",
    ListStatusType.UPDATED: "UPDATED",
    ListStatusType.DONE: "ALL_DONE",
}
STATUS_WORDS = {ListStatus.EXECUTING: "EXECUTING", ListStatus.DONE: "ALL_DONE"}


class Words(NamedTuple):
    """How an order list is called."""

    contingency: str
    status_type: str
    status: str
    name: str


def words_of(order_list: OrderList) -> Words:
    """Contingency, status type, status and client list id."""
    return Words(
        "OCO" if order_list.kind is ListKind.OCO else "OTO",
        STATUS_TYPE_WORDS[order_list.status_type],
        STATUS_WORDS[order_list.status],
        order_list.client_list_id or str(order_list.id),
    )
