"""Which order, or list, a request means: by its number, by its client id, or by both."""

from typing import NamedTuple

from hypersim.api import finding
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
        order = await finding.order_of(call, instrument.symbol, wanted.number)
    else:
        order = await finding.order_named(call, instrument.symbol, wanted.name or "")
    if order is None:
        raise no_such_order()
    if None not in wanted and wanted.name != client_order_id(order):
        raise wrong_client_order_id()
    return order


def name_of(call: Call, instrument: Instrument, wanted: Wanted) -> OrderName:
    """The order as the exchange is asked to change it."""
    return finding.meant(call, instrument.symbol, *wanted)
