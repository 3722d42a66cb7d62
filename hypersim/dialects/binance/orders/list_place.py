"""New order lists: orderList.place (the old OCO), .oco, .oto, .otoco, .opo, .opoco."""

from hypersim.dialects.binance.errors.general import refused
from hypersim.dialects.binance.orders.answers import Detail, placed, read_detail
from hypersim.dialects.binance.orders.list_bodies import list_body
from hypersim.dialects.binance.orders.list_request import (
    OCO_NAMES,
    OLD_OCO_NAMES,
    OPO_NAMES,
    OPOCO_NAMES,
    OTO_NAMES,
    OTOCO_NAMES,
    read_oco,
    read_old_oco,
    read_oto,
    read_otoco,
)
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.venue import Call, changing
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrderList
from hypersim.trading.events import OrderListChanged
from hypersim.trading.order_list import ListKind
from hypersim.trading.rejections import Rejected


async def place_oco(call: Call) -> object:
    """A pair: as soon as one order starts, the other one goes."""
    instrument = call.instrument()
    return await _place(call, instrument, read_oco(call.params, call.account_id, instrument))


async def place_old_oco(call: Call) -> object:
    """The same, asked for as a limit order and a stop."""
    instrument = call.instrument()
    return await _place(call, instrument, read_old_oco(call.params, call.account_id, instrument))


async def place_oto(call: Call) -> object:
    """An order whose fill places another."""
    return await _place_after(call, ListKind.OTO)


async def place_opo(call: Call) -> object:
    """The same, selling what the first one bought."""
    return await _place_after(call, ListKind.OPO)


async def place_otoco(call: Call) -> object:
    """An order whose fill places a pair."""
    return await _place_pair_after(call, ListKind.OTOCO)


async def place_opoco(call: Call) -> object:
    """The same, selling what the first one bought."""
    return await _place_pair_after(call, ListKind.OPOCO)


async def _place_after(call: Call, kind: ListKind) -> object:
    instrument = call.instrument()
    return await _place(call, instrument, read_oto(call.params, call.account_id, instrument, kind))


async def _place_pair_after(call: Call, kind: ListKind) -> object:
    instrument = call.instrument()
    command = read_otoco(call.params, call.account_id, instrument, kind)
    return await _place(call, instrument, command)


async def _place(call: Call, instrument: Instrument, command: PlaceOrderList) -> object:
    detail = read_detail(call.params) or Detail.FULL
    call.params.done()
    outcome = await call.submit(command)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    # As it was placed: what its orders set off at once is told by the streams.
    order_list = outcome.first(OrderListChanged).order_list
    new = placed(outcome.events)
    printer = Printer(instrument, call.unit)
    reports = [one.body(printer, detail) for one in new]
    return list_body(order_list, {one.order.id: one.order for one in new}, call.unit, reports)


OPERATIONS = (
    changing(place_old_oco, "POST /api/v3/order/oco", "orderList.place", OLD_OCO_NAMES, orders=2),
    changing(place_oco, "POST /api/v3/orderList/oco", "orderList.place.oco", OCO_NAMES, orders=2),
    changing(place_oto, "POST /api/v3/orderList/oto", "orderList.place.oto", OTO_NAMES, orders=2),
    changing(
        place_otoco, "POST /api/v3/orderList/otoco", "orderList.place.otoco", OTOCO_NAMES, orders=3
    ),
    changing(place_opo, "POST /api/v3/orderList/opo", "orderList.place.opo", OPO_NAMES, orders=2),
    changing(
        place_opoco, "POST /api/v3/orderList/opoco", "orderList.place.opoco", OPOCO_NAMES, orders=3
    ),
)
