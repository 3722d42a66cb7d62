"""Orders as they stand: order.status, openOrders.status, allOrders."""

from collections.abc import Iterable

from msgspec.structs import replace

from hypersim.dialects.binance.orders.bodies import QueriedBody
from hypersim.dialects.binance.orders.finding import find_order, read_wanted
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.params.paging import has_times, one_or_many, read_page
from hypersim.dialects.binance.venue import Call, reading
from hypersim.service.contents import Data
from hypersim.trading.order import Order


async def order_status(call: Call) -> object:
    """One order, of any age."""
    instrument = call.instrument()
    wanted = read_wanted(call.params)
    call.params.done()
    order = await find_order(call, instrument, wanted)
    return Printer(instrument, call.unit).queried(order)


async def open_orders(call: Call) -> object:
    """Open orders of one symbol or of all, oldest first."""
    instrument = call.optional_instrument()
    call.params.done()
    orders = sorted(call.view.open_orders(call.account_id).values(), key=lambda one: one.id)
    if instrument is not None:
        orders = [order for order in orders if order.symbol == instrument.symbol]
    return print_orders(call, orders)


async def all_orders(call: Call) -> object:
    """Orders of one symbol: those that were last updated within times, else from an id on, else the
    latest."""
    instrument, params = call.instrument(), call.params
    page = read_page(params, call.account_id, instrument.symbol, "orderId")
    params.done()
    if has_times(page):
        page = replace(page, from_id=None, by_update=True)
    return print_orders(call, await call.services.archive.orders(page, only_ended=False))


def print_orders(call: Call, orders: Iterable[Order]) -> list[QueriedBody]:
    """Orders of any symbols."""
    printers: dict[str, Printer] = {}
    bodies = []
    for order in orders:
        printer = printers.get(order.symbol)
        if printer is None:
            instrument = call.view.instruments[order.symbol]
            printer = printers[order.symbol] = Printer(instrument, call.unit)
        bodies.append(printer.queried(order))
    return bodies


OPERATIONS = (
    reading(
        order_status,
        "GET /api/v3/order",
        "order.status",
        4,
        "symbol orderId origClientOrderId",
        reads=Data.ORDERS,
    ),
    reading(
        open_orders,
        "GET /api/v3/openOrders",
        "openOrders.status",
        one_or_many(6, 80),
        "symbol?",
        reads=Data.ORDERS,
    ),
    reading(
        all_orders,
        "GET /api/v3/allOrders",
        "allOrders",
        20,
        "symbol orderId startTime endTime limit",
        reads=Data.ORDERS,
    ),
)
