"""New order lists: orderList.place (the old OCO), .oco, .oto, .otoco, .opo, .opoco."""

from collections.abc import Callable
from functools import partial

from hypersim.dialects.binance.orders.answers import Detail, placed, read_detail
from hypersim.dialects.binance.orders.list_bodies import list_body
from hypersim.dialects.binance.orders.list_request import (
    AFTER_NAMES,
    OCO_NAMES,
    OLD_OCO_NAMES,
    read_oco,
    read_old_oco,
    read_oto,
)
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, Handler, changing
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrderList
from hypersim.trading.events import OrderListChanged


def placing(read: Callable[[Params, int, Instrument], PlaceOrderList]) -> Handler:
    """Places the list that a request describes."""

    async def place(call: Call) -> object:
        instrument = call.instrument()
        command = read(call.params, call.account_id, instrument)
        detail = read_detail(call.params) or Detail.FULL
        call.params.done()
        done = await call.execute(command)
        # As it was placed: what its orders set off at once is told by the streams.
        order_list = done.first(OrderListChanged).order_list
        new = placed(done.events)
        printer = Printer(instrument, call.unit)
        reports = [one.body(printer, detail) for one in new]
        return list_body(order_list, {one.order.id: one.order for one in new}, call.unit, reports)

    return place


OPERATIONS = (
    changing(
        placing(read_old_oco), "POST /api/v3/order/oco", "orderList.place", OLD_OCO_NAMES, orders=2
    ),
    changing(
        placing(read_oco), "POST /api/v3/orderList/oco", "orderList.place.oco", OCO_NAMES, orders=2
    ),
    *(
        changing(
            placing(partial(read_oto, kind=kind)),
            f"POST /api/v3/orderList/{kind.value}",
            f"orderList.place.{kind.value}",
            names,
            orders=kind.size,
        )
        for kind, names in AFTER_NAMES.items()
    ),
)
