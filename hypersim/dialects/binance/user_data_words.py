"""How Binance words the state of an order and of an order list."""

from typing import assert_never

from hypersim.trading.order import (
    CloseReason,
    Order,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind, ListStatus, ListStatusType
from hypersim.trading.rejections import Rejection

NOTHING = "NONE"
NO_LIST = -1

PREVENTIONS: dict[SelfTradePrevention, str] = {mode: mode.name for mode in SelfTradePrevention}

REJECT_REASONS: dict[Rejection, str] = {
    Rejection.INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCES",
    Rejection.TRIGGERS_IMMEDIATELY: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    Rejection.WOULD_TAKE_LIQUIDITY: "WOULD_MATCH_IMMEDIATELY",
    Rejection.PAIR_PRICES_CROSSED: "OCO_BAD_PRICES",
}
"""What `r` says; Binance has no word for the others."""

CONTINGENCIES: dict[ListKind, str] = {
    ListKind.OCO: "OCO",
    ListKind.OTO: "OTO",
    ListKind.OTOCO: "OTO",
    ListKind.OPO: "OTO",
    ListKind.OPOCO: "OTO",
}

LIST_STATUS_TYPES: dict[ListStatusType, str] = {
    ListStatusType.STARTED: "EXEC_STARTED",
    ListStatusType.UPDATED: "UPDATED",
    ListStatusType.DONE: "ALL_DONE",
}

LIST_STATUSES: dict[ListStatus, str] = {
    ListStatus.EXECUTING: "EXECUTING",
    ListStatus.DONE: "ALL_DONE",
}

_CONDITIONAL: dict[tuple[Trigger, OrderType], str] = {
    (Trigger.STOP_LOSS, OrderType.MARKET): "STOP_LOSS",
    (Trigger.STOP_LOSS, OrderType.LIMIT): "STOP_LOSS_LIMIT",
    (Trigger.TAKE_PROFIT, OrderType.MARKET): "TAKE_PROFIT",
    (Trigger.TAKE_PROFIT, OrderType.LIMIT): "TAKE_PROFIT_LIMIT",
}


def type_word(order: Order) -> str:
    """LIMIT, LIMIT_MAKER, STOP_LOSS_LIMIT …"""
    if order.trigger is not None:
        return _CONDITIONAL[order.trigger, order.type]
    return "LIMIT_MAKER" if order.post_only else order.type.name


def status_word(order: Order) -> str:
    """NEW, PENDING_NEW, EXPIRED_IN_MATCH …"""
    match order.status:
        case OrderStatus.NEW:
            return "PENDING_NEW"
        case OrderStatus.OPEN:
            return "NEW"
        case OrderStatus.EXPIRED if order.close_reason is CloseReason.SELF_TRADE:
            return "EXPIRED_IN_MATCH"
        case _:
            return order.status.name


def time_in_force_word(order: Order) -> str:
    """An order good till a date, which Binance does not have, reads as one without a date."""
    return "GTC" if order.time_in_force is TimeInForce.GTD else order.time_in_force.name


def expiry_word(order: Order, reason: CloseReason) -> str | None:
    """Why an order expired; None for one that did not, and after self-trade prevention, of which
    other fields tell."""
    match reason:
        case CloseReason.BY_USER | CloseReason.SELF_TRADE:
            return None
        case CloseReason.TIME_IN_FORCE if order.type is OrderType.MARKET:
            return "INSUFFICIENT_LIQUIDITY"
        case CloseReason.TIME_IN_FORCE if order.time_in_force is TimeInForce.FOK:
            return "UNFILLED_FOK_ORDER_EXPIRED"
        case CloseReason.TIME_IN_FORCE:
            return "UNFILLED_IOC_QUANTITY_EXPIRED"
        case CloseReason.EXPIRY:
            return "EXCHANGE_CANCELED"
        case CloseReason.SIBLING_STARTED:
            return "OCO_TRIGGER"
        case CloseReason.WORKING_ENDED:
            return "OTO_PHASE_ONE_EXPIRED"
        case CloseReason.REFUSED:
            return "REJECTED"
        case _:
            assert_never(reason)
