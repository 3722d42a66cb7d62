"""New orders: order.place, order.test, sor.order.place, sor.order.test."""

from typing import Any

from hypersim.dialects.binance.errors.general import refused
from hypersim.dialects.binance.errors.parameters import invalid_order_type, not_required
from hypersim.dialects.binance.orders.answers import Detail, placed, read_detail, usual_detail
from hypersim.dialects.binance.orders.commission import order_commission
from hypersim.dialects.binance.orders.names import ORDER_NAMES, SOR_NAMES
from hypersim.dialects.binance.orders.plain_request import read_new_order
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, changing, trading
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrder

TEST_WEIGHT, COMMISSION_WEIGHT = 1, 20
SOR_KINDS = ("LIMIT", "MARKET")


async def order_place(call: Call) -> object:
    """A new order, with what it traded at once."""
    instrument = call.instrument()
    command = read_new_order(call.params, call.account_id, instrument)
    detail = read_detail(call.params) or usual_detail(command)
    call.params.done()
    done = await call.execute(command)
    return placed(done.events)[0].body(Printer(instrument, call.unit), detail)


async def order_test(call: Call) -> object:
    """Everything that a placement checks, without the placement."""
    instrument = call.instrument()
    command = read_new_order(call.params, call.account_id, instrument)
    return _tested(call, instrument, command)


async def sor_place(call: Call) -> object:
    """The only venue here is the symbol's own book, so that is where orders are routed."""
    instrument = call.instrument()
    command = _read_sor(call, instrument)
    detail = read_detail(call.params) or Detail.FULL
    call.params.done()
    done = await call.execute(command)
    printer = Printer(instrument, call.unit)
    body = placed(done.events)[0].body(printer, detail, uses_sor=True)
    # A list of one over the WebSocket API, as documented: the venue's models refuse anything else.
    return body if call.session is None else [body]


async def sor_test(call: Call) -> object:
    """Everything that its placement checks."""
    instrument = call.instrument()
    command = _read_sor(call, instrument)
    return _tested(call, instrument, command)


def _read_sor(call: Call, instrument: Instrument) -> PlaceOrder:
    params = call.params
    if (params.peek("type") or "LIMIT") not in SOR_KINDS:
        raise invalid_order_type()
    if "quoteOrderQty" in params:
        raise not_required("quoteOrderQty")
    return read_new_order(params, call.account_id, instrument)


def _tested(call: Call, instrument: Instrument, command: PlaceOrder) -> dict[str, Any]:
    read_detail(call.params)
    wants_rates = call.params.boolean("computeCommissionRates")
    call.params.done()
    rejected = call.services.engine.check(command)
    if rejected is not None:
        raise refused(rejected)
    return order_commission(call, instrument) if wants_rates else {}


def _test_weight(params: Params) -> int:
    wants_rates = (params.peek("computeCommissionRates") or "").lower() == "true"
    return COMMISSION_WEIGHT if wants_rates else TEST_WEIGHT


OPERATIONS = (
    changing(order_place, "POST /api/v3/order", "order.place", ORDER_NAMES, orders=1),
    trading(
        order_test,
        "POST /api/v3/order/test",
        "order.test",
        _test_weight,
        f"{ORDER_NAMES} computeCommissionRates",
    ),
    changing(sor_place, "POST /api/v3/sor/order", "sor.order.place", SOR_NAMES, orders=1),
    trading(
        sor_test,
        "POST /api/v3/sor/order/test",
        "sor.order.test",
        _test_weight,
        f"{SOR_NAMES} computeCommissionRates",
    ),
)
