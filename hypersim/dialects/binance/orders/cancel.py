"""The end of orders: order.cancel, openOrders.cancelAll."""

from collections.abc import Sequence

from hypersim.dialects.binance.errors.general import Request, unknown_order
from hypersim.dialects.binance.errors.orders import invalid_restriction
from hypersim.dialects.binance.orders.bodies import PlacedBody
from hypersim.dialects.binance.orders.finding import name_of, read_wanted
from hypersim.dialects.binance.orders.list_bodies import ListBody, list_body, list_orders
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.orders.request import new_client_order_id, read_client_order_id
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, changing
from hypersim.dialects.binance.words import RESTRICTIONS
from hypersim.market.instrument import Instrument
from hypersim.service.heavy_reads import in_slices
from hypersim.trading.commands import CancelAllOrders, CancelOrder, CancelRestriction
from hypersim.trading.events import Event, OrderListChanged, closed_orders
from hypersim.trading.order import CloseReason, Order
from hypersim.trading.order_list import OrderList


async def order_cancel(call: Call) -> object:
    """One order; with it the list of which it is part."""
    instrument = call.instrument()
    wanted = read_wanted(call.params)
    name = read_client_order_id(call.params, "newClientOrderId")
    restriction = read_restriction(call.params)
    call.params.done()
    order = name_of(call, instrument, wanted)
    command = CancelOrder(call.account_id, order, restriction, name)
    done = await call.execute(command, Request.CANCEL)
    return await canceled_body(call, instrument, done.events, name)


async def cancel_all(call: Call) -> object:
    """All of a symbol: orders on their own first, then order lists."""
    instrument = call.instrument()
    call.params.done()
    name = new_client_order_id()
    command = CancelAllOrders(call.account_id, instrument.symbol, name)
    done = await call.execute(command, Request.CANCEL)
    closed, ended = canceled_orders(call, done.events)
    if not closed:
        raise unknown_order()
    printer = Printer(instrument, call.unit)
    alone = await in_slices(
        lambda order: printer.canceled(order, name),
        [order for order in closed.values() if order.list_id not in ended],
    )
    lists = [await ended_list(call, instrument, one, closed, name) for one in ended.values()]
    return [*alone, *lists]


def read_restriction(params: Params) -> CancelRestriction | None:
    """Reads `cancelRestrictions`. Raises -1145."""
    return params.choice("cancelRestrictions", RESTRICTIONS, invalid_restriction)


async def canceled_body(
    call: Call, instrument: Instrument, events: Sequence[Event], name: str
) -> PlacedBody | ListBody:
    """The answer to a cancel: the order, or the whole list that went with it."""
    closed, ended = canceled_orders(call, events)
    # Those that are ended by what comes after the cancel come after it.
    order = next(iter(closed.values()))
    order_list = ended.get(order.list_id)
    if order_list is None:
        return Printer(instrument, call.unit).canceled(order, name)
    return await ended_list(call, instrument, order_list, closed, name)


def canceled_orders(
    call: Call, events: Sequence[Event]
) -> tuple[dict[int, Order], dict[int | None, OrderList]]:
    """The account's orders that a cancel ended, and the order lists that ended with them."""
    closed = {
        order.id: order
        for order in closed_orders(events)
        if order.close_reason is CloseReason.BY_USER and order.account_id == call.account_id
    }
    lists = [event.order_list for event in events if isinstance(event, OrderListChanged)]
    ended: dict[int | None, OrderList] = {
        one.id: one for one in lists if not one.is_open and one.account_id == call.account_id
    }
    return closed, ended


async def ended_list(
    call: Call,
    instrument: Instrument,
    order_list: OrderList,
    closed: dict[int, Order],
    name: str,
) -> ListBody:
    """A list that a cancel ended, with reports of the orders that went."""
    printer = Printer(instrument, call.unit)
    reports = [
        printer.canceled(closed[order_id], name)
        for order_id in order_list.order_ids
        if order_id in closed
    ]
    orders = await list_orders(call, (order_list,))
    return list_body(order_list, orders | closed, call.unit, reports)


OPERATIONS = (
    changing(
        order_cancel,
        "DELETE /api/v3/order",
        "order.cancel",
        "symbol orderId origClientOrderId newClientOrderId cancelRestrictions",
    ),
    changing(cancel_all, "DELETE /api/v3/openOrders", "openOrders.cancelAll", "symbol"),
)
