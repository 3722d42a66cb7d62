"""How Binance words the state of an order and of an order list."""

from typing import assert_never

from hypersim.trading.events import CloseReason
from hypersim.trading.order import Order, OrderStatus, OrderType, SelfTradePrevention, TimeInForce

NOTHING = "NONE"
NO_LIST = -1

PREVENTIONS: dict[SelfTradePrevention, str] = {mode: mode.name for mode in SelfTradePrevention}


def type_word(order: Order) -> str:
    """LIMIT, LIMIT_MAKER, STOP_LOSS_LIMIT …"""
    return "LIMIT_MAKER" if order.post_only else order.type.name


def status_word(order: Order, *, is_self_trade: bool = False) -> str:
    """NEW, PENDING_NEW, EXPIRED_IN_MATCH …"""
    match order.status:
        case OrderStatus.NEW:
            return "PENDING_NEW"
        case OrderStatus.OPEN:
            return "NEW"
        case OrderStatus.EXPIRED if is_self_trade:
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
        case _:
            assert_never(reason)
