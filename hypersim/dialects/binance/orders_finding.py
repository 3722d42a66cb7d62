"""Which order a request means: by its number, by its client order id, or by both."""

from typing import NamedTuple

from hypersim.dialects.binance.errors import BinanceError, no_such_order, unknown_order
from hypersim.dialects.binance.operations import Call
from hypersim.dialects.binance.orders_errors import wrong_client_order_id
from hypersim.dialects.binance.orders_words import client_order_id
from hypersim.dialects.binance.params import Params
from hypersim.dialects.binance.params_errors import mandatory_one_of
from hypersim.market.instrument import Instrument
from hypersim.trading.order import Order


class Wanted(NamedTuple):
    """At least one of the two is there."""

    order_id: int | None
    name: str | None


def read_wanted(
    params: Params, id_name: str = "orderId", name_name: str = "origClientOrderId"
) -> Wanted:
    """Raises -1102 when neither was sent."""
    wanted = Wanted(params.integer(id_name), params.take(name_name))
    if wanted.order_id is None and wanted.name is None:
        raise mandatory_one_of(name_name, id_name)
    return wanted


async def find_order(call: Call, instrument: Instrument, wanted: Wanted) -> Order:
    """The account's order of any age, as it was committed. Raises -2013 or -2039."""
    order_id = _order_id(call, instrument, wanted)
    if order_id is not None:
        order = await order_of(call, instrument, order_id)
    else:
        order = await _forgotten(call, instrument, wanted.name or "")
    if order is None:
        raise no_such_order()
    _check_name(wanted, order)
    return order


async def order_of(call: Call, instrument: Instrument, order_id: int) -> Order | None:
    """The account's order of that number in this symbol, if there ever was one."""
    order = call.view.orders.get(order_id)
    if order is None:
        order = await call.services.archive.order(call.account_id, order_id)
    return order if order is not None and _belongs(call, instrument, order) else None


def open_order_id(
    call: Call, instrument: Instrument, wanted: Wanted, missing: BinanceError | None = None
) -> int:
    """The number of an order that is to be changed. Raises -2039, and `missing`, else -2011, for
    one that was never in this symbol.

    Looks at orders that are not committed yet, as a client may cancel what it has just sent. That
    an order is not open any more is for the exchange to say.
    """
    order_id = _order_id(call, instrument, wanted)
    if order_id is None:
        raise missing or unknown_order()
    order = live_order(call, order_id)
    if order is not None:
        if not _belongs(call, instrument, order):
            raise missing or unknown_order()
        _check_name(wanted, order)
    return order_id


def live_order(call: Call, order_id: int) -> Order | None:
    """An order that is open, or ended a short while ago; of any account."""
    state = call.services.engine.exchange.state
    return state.orders.get(order_id) or state.recent.get(order_id)


def _order_id(call: Call, instrument: Instrument, wanted: Wanted) -> int | None:
    if wanted.order_id is not None:
        return wanted.order_id
    assert wanted.name is not None
    known = call.services.engine.exchange.state.client_order_ids
    use = known.find(call.account_id, instrument.symbol, wanted.name)
    if use is not None:
        return use.order_id
    number = _number_of(wanted.name)
    order = None if number is None else call.view.orders.get(number)
    return order.id if order is not None and order.client_order_id is None else None


async def _forgotten(call: Call, instrument: Instrument, name: str) -> Order | None:
    """An order whose name the memory does not know any more."""
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


def _check_name(wanted: Wanted, order: Order) -> None:
    if None in wanted:
        return
    if wanted.name != client_order_id(order):
        raise wrong_client_order_id()
