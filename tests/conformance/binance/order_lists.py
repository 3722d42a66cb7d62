"""Lists of orders in Binance's words."""

from typing import Any

from tests.support.binance_trading import Trader

OCO: dict[str, Any] = {
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "52000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowPrice": "48000",
    "belowStopPrice": "48500",
    "belowTimeInForce": "GTC",
}


WORKING: dict[str, Any] = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "49500",
    "workingQuantity": "1",
    "workingTimeInForce": "GTC",
}


OTO: dict[str, Any] = {
    **WORKING,
    "pendingType": "LIMIT",
    "pendingSide": "SELL",
    "pendingPrice": "52000",
    "pendingQuantity": "1",
    "pendingTimeInForce": "GTC",
}


OTOCO: dict[str, Any] = {
    **WORKING,
    "pendingSide": "SELL",
    "pendingQuantity": "1",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "52000",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "48500",
}


def place(trader: Trader, path: str, terms: dict[str, Any], **more: Any) -> Any:
    return trader.ask("POST", path, **terms, **more)


def statuses(trader: Trader, placed: Any) -> list[str]:
    """Where the orders of a list are now."""
    return [trader.order(one["orderId"])["status"] for one in placed["orders"]]


def listed(trader: Trader, placed: Any) -> Any:
    """The list as it stands."""
    return trader.ask("GET", "orderList", symbol=None, orderListId=placed["orderListId"])
