"""Which order, or list, a request means: by its number, by its client id, or by both."""

from collections.abc import Set
from typing import NamedTuple

from hypersim.dialects.binance.errors.general import no_such_order, wrong_client_order_id
from hypersim.dialects.binance.errors.parameters import mandatory_one_of
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call
from hypersim.dialects.binance.words import client_order_id
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import OrderName
from hypersim.trading.order import Order


class Wanted(NamedTuple):
    """At least one of the two is there."""

    number: int | None
    name: str | None


def read_wanted(
    params: Params, id_name: str = "orderId", name_name: str = "origClientOrderId"
) -> Wanted:
    """Raises -1102 when neither was sent."""
    wanted = Wanted(params.integer(id_name), params.take(name_name))
    if wanted.number is None and wanted.name is None:
        raise mandatory_one_of(name_name, id_name)
    return wanted


async def find_order(call: Call, instrument: Instrument, wanted: Wanted) -> Order:
    """The account's order of any age, as it was committed. Raises -2013 or -2039."""
    if wanted.number is not None:
        order = await order_of(call, instrument, wanted.number)
    else:
        order = await _named(call, instrument, wanted.name or "")
    if order is None:
        raise no_such_order()
    if None not in wanted and wanted.name != client_order_id(order):
        raise wrong_client_order_id()
    return order


async def order_of(call: Call, instrument: Instrument, order_id: int) -> Order | None:
    """The account's order of that number in this symbol, if there ever was one."""
    order = call.view.orders.get(order_id)
    if order is None:
        order = await call.services.archive.order(call.account_id, order_id)
    return order if order is not None and _belongs(call, instrument, order) else None


async def orders_of(call: Call, wanted: Set[int]) -> dict[int, Order]:
    """The account's orders of these numbers, of any age."""
    orders = call.view.orders
    found = {order_id: orders[order_id] for order_id in wanted if order_id in orders}
    if missing := wanted - found.keys():
        found |= await call.services.archive.orders_by_id(call.account_id, sorted(missing))
    return found


def name_of(call: Call, instrument: Instrument, wanted: Wanted) -> OrderName:
    """The order as the exchange is asked to change it. It knows those that are not committed yet,
    as a client may cancel what it has just sent."""
    order_id, name = wanted
    number = None if name is None else _number_of(name)
    if number is not None and order_id in (None, number):
        order = call.view.orders.get(number)
        if order is not None and order.client_order_id is None:
            return OrderName(instrument.symbol, number)
    return OrderName(instrument.symbol, order_id, name)


async def _named(call: Call, instrument: Instrument, name: str) -> Order | None:
    """The latest order under this name, open or ended however long ago."""
    order_id = call.view.order_names.find(call.account_id, instrument.symbol, name)
    if order_id is not None:
        return await order_of(call, instrument, order_id)
    archive = call.services.archive
    order = await archive.order_by_client_id(call.account_id, instrument.symbol, name)
    number = _number_of(name)
    if order is not None or number is None:
        return order
    order = await order_of(call, instrument, number)
    return order if order is not None and order.client_order_id is None else None


def _number_of(name: str) -> int | None:
    """Orders of other APIs may have no name; their number stands for it."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 19 else None


def _belongs(call: Call, instrument: Instrument, order: Order) -> bool:
    return order.account_id == call.account_id and order.symbol == instrument.symbol
