"""Smaller orders in the same place: order.amend.keepPriority."""

from typing import Any

from hypersim.dialects.binance.errors.general import Request
from hypersim.dialects.binance.numbers import execution_id
from hypersim.dialects.binance.orders.finding import name_of, read_wanted
from hypersim.dialects.binance.orders.list_bodies import list_orders, members
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.orders.request import read_client_order_id, read_quantity
from hypersim.dialects.binance.venue import Call, trading
from hypersim.dialects.binance.words import symbol_word, words_of
from hypersim.trading.commands import AmendOrder
from hypersim.trading.events import OrderAmended
from hypersim.trading.order_list import OrderList


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
    seq, amended = next(
        (seq, event) for seq, event in done.numbered() if isinstance(event, OrderAmended)
    )
    body = {
        "transactTime": call.time(amended.order.updated_ms),
        "executionId": execution_id(seq),
        "amendedOrder": Printer(instrument, call.unit).amended(amended.order, amended.previous),
    }
    list_id = amended.order.list_id
    order_list = None if list_id is None else call.view.lists.get(list_id)
    return body if order_list is None else body | {"listStatus": await _status(call, order_list)}


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
