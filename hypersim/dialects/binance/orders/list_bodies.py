"""Order lists as Binance prints them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypersim.api.finding import orders_of
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.orders.bodies import AckBody, PlacedBody
from hypersim.dialects.binance.venue import Call
from hypersim.dialects.binance.words import client_order_id, symbol_word, words_of
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList

Report = AckBody | PlacedBody


ListBody = dict[str, Any]
"""An order list; with `orderReports` in answers to a placement or a cancel."""


def members(order_list: OrderList, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
    """Its orders, in short; `orders` holds them."""
    symbol = symbol_word(order_list.symbol)
    return [
        {
            "symbol": symbol,
            "orderId": order_id,
            "clientOrderId": client_order_id(orders[order_id]),
        }
        for order_id in order_list.order_ids
        if order_id in orders
    ]


def list_body(
    order_list: OrderList,
    orders: Mapping[int, Order],
    unit: TimeUnit,
    reports: Sequence[Report] | None = None,
) -> ListBody:
    """A list and its orders, with reports of them if there are any to give."""
    words = words_of(order_list)
    body: ListBody = {
        "orderListId": order_list.id,
        "contingencyType": words.contingency,
        "listStatusType": words.status_type,
        "listOrderStatus": words.status,
        "listClientOrderId": words.name,
        "transactionTime": order_list.updated_ms * unit,
        "symbol": symbol_word(order_list.symbol),
        "orders": members(order_list, orders),
    }
    if reports is not None:
        body["orderReports"] = reports
    return body


async def list_orders(call: Call, order_lists: Iterable[OrderList]) -> dict[int, Order]:
    """The orders of one account's lists, of any age."""
    return await orders_of(call, {order_id for one in order_lists for order_id in one.order_ids})
