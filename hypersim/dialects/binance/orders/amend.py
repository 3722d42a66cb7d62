"""Smaller orders in the same place: order.amend.keepPriority."""

from typing import Any

from hypersim.dialects.binance.errors.general import Request
from hypersim.dialects.binance.orders.finding import name_of, read_wanted
from hypersim.dialects.binance.orders.list_bodies import list_orders, members
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.orders.request import read_client_order_id, read_quantity
from hypersim.dialects.binance.venue import Call, trading
from hypersim.dialects.binance.words import symbol_word, words_of
from hypersim.trading.commands import AmendOrder
from hypersim.trading.events import OrderAmended
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList

EXECUTIONS_PER_ORDER = 1_000
"""Execution ids of amendments are the order's number and the amendment's, in one."""


async def amend(call: Call) -> object:
    """Reduce an open order's quantity; it keeps its place in the queue."""
    params, instrument = call.params, call.instrument()
    wanted = read_wanted(params)
    name = read_client_order_id(params, "newClientOrderId")
    quantity = read_quantity(params, instrument, "newQty")
    params.done()
    order = name_of(call, instrument, wanted)
    command = AmendOrder(call.account_id, order, quantity, client_order_id=name, keeps_place=True)
    done = await call.execute(command, Request.AMEND)
    # Its pair, which shrinks with it, comes after it.
    amended = done.first(OrderAmended)
    body = {
        "transactTime": call.time(amended.order.updated_ms),
        "executionId": execution_id(amended.order),
        "amendedOrder": Printer(instrument, call.unit).amended(amended.order, amended.previous),
    }
    list_id = amended.order.list_id
    order_list = None if list_id is None else call.view.lists.get(list_id)
    return body if order_list is None else body | {"listStatus": await _status(call, order_list)}


def execution_id(order: Order) -> int:
    """Of the order's latest amendment."""
    return order.id * EXECUTIONS_PER_ORDER + order.amendments


async def _status(call: Call, order_list: OrderList) -> dict[str, Any]:
    words = words_of(order_list)
    return {
        "orderListId": order_list.id,
        "contingencyType": words.contingency,
        "listOrderStatus": words.status,
        "listClientOrderId": words.name,
        "symbol": symbol_word(order_list.symbol),
        "orders": members(order_list, await list_orders(call, (order_list,))),
    }


OPERATIONS = (
    trading(
        amend,
        "PUT /api/v3/order/amend/keepPriority",
        "order.amend.keepPriority",
        4,
        "symbol orderId origClientOrderId newClientOrderId newQty",
    ),
)
