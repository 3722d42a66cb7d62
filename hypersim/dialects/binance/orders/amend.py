"""Smaller orders in the same place: order.amend.keepPriority."""

from msgspec import UNSET, UnsetType

from hypersim.dialects.binance.errors.general import Request, refused
from hypersim.dialects.binance.orders.bodies import AmendedBody, Body
from hypersim.dialects.binance.orders.finding import name_of, read_wanted
from hypersim.dialects.binance.orders.list_bodies import MemberBody, list_orders, members
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.orders.request import read_client_order_id, read_quantity
from hypersim.dialects.binance.venue import Call, trading
from hypersim.dialects.binance.words import symbol_word, words_of
from hypersim.trading.commands import AmendOrder
from hypersim.trading.events import OrderAmended
from hypersim.trading.order import Order
from hypersim.trading.rejections import Rejected

EXECUTIONS_PER_ORDER = 1_000
"""Execution ids of amendments are the order's number and the amendment's, in one."""


class ListStatusBody(Body):
    """The list of an amended order."""

    order_list_id: int
    contingency_type: str
    list_order_status: str
    list_client_order_id: str
    symbol: str
    orders: list[MemberBody]


class AmendmentBody(Body):
    """The answer to an amendment."""

    transact_time: int
    execution_id: int
    amended_order: AmendedBody
    list_status: ListStatusBody | UnsetType


async def amend(call: Call) -> object:
    """Reduce an open order's quantity; it keeps its place in the queue."""
    params, instrument = call.params, call.instrument()
    wanted = read_wanted(params)
    name = read_client_order_id(params, "newClientOrderId")
    quantity = read_quantity(params, instrument, "newQty")
    params.done()
    order = name_of(call, instrument, wanted)
    command = AmendOrder(call.account_id, order, quantity, client_order_id=name, keeps_place=True)
    outcome = await call.submit(command)
    if isinstance(outcome, Rejected):
        raise refused(outcome, Request.AMEND)
    # Its pair, which shrinks with it, comes after it.
    amended = outcome.first(OrderAmended)
    return AmendmentBody(
        call.time(amended.order.updated_ms),
        execution_id(amended.order),
        Printer(instrument, call.unit).amended(amended.order, amended.previous),
        await _list_status(call, amended.order),
    )


def execution_id(order: Order) -> int:
    """Of the order's latest amendment."""
    return order.id * EXECUTIONS_PER_ORDER + order.amendments


async def _list_status(call: Call, order: Order) -> ListStatusBody | UnsetType:
    order_list = None if order.list_id is None else call.view.lists.get(order.list_id)
    if order_list is None:
        return UNSET
    words = words_of(order_list)
    return ListStatusBody(
        order_list.id,
        words.contingency,
        words.status,
        words.name,
        symbol_word(order_list.symbol),
        members(order_list, await list_orders(call, (order_list,))),
    )


OPERATIONS = (
    trading(
        amend,
        "PUT /api/v3/order/amend/keepPriority",
        "order.amend.keepPriority",
        4,
        "symbol orderId origClientOrderId newClientOrderId newQty",
    ),
)
