"""The end of orders: one, those of some symbols, all."""

from hypersim.api.finding import meant, number_in
from hypersim.api.operation import Security
from hypersim.dialects.mexc.errors import no_order_named, unknown_order, wrong
from hypersim.dialects.mexc.orders.bodies import canceled_body
from hypersim.dialects.mexc.venue import Call, find_instrument, signed
from hypersim.service.heavy_reads import in_slices
from hypersim.service.transaction import Transaction
from hypersim.trading.commands import CancelAllOrders, CancelOrder
from hypersim.trading.events import closed_orders
from hypersim.trading.order import CloseReason, Order

SYMBOLS_MAX = 5


async def cancel(call: Call) -> object:
    """One order."""
    instrument, params = call.instrument(), call.params
    number_text, name = params.text("orderId"), params.text("origClientOrderId")
    if number_text is None and name is None:
        raise no_order_named()
    number = None if number_text is None else number_in(number_text)
    if number_text is not None and number is None:
        raise unknown_order()
    cancel_id = params.text("newClientOrderId")
    order = meant(call, instrument.symbol, number, name)
    command = CancelOrder(call.account_id, order, cancel_id=cancel_id)
    done = await call.execute(command, is_cancel=True)
    # Those that are ended by what comes after the cancel come after it.
    return canceled_body(_canceled(call, done)[0], cancel_id)


async def cancel_symbols(call: Call) -> object:
    """All of up to five symbols, with commas between them."""
    names = call.params.need("symbol").split(",")
    if len(names) > SYMBOLS_MAX:
        raise wrong(f"symbol takes at most {SYMBOLS_MAX} symbols")
    canceled: list[Order] = []
    for one in [find_instrument(call.view, name) for name in names]:
        command = CancelAllOrders(call.account_id, one.symbol)
        canceled += _canceled(call, await call.execute(command, is_cancel=True))
    return await in_slices(lambda order: canceled_body(order, None), canceled)


async def cancel_all(call: Call) -> object:
    """All that the account has."""
    await call.execute(CancelAllOrders(call.account_id), is_cancel=True)
    return {"code": 200, "msg": "success", "timestamp": call.told_ms()}


def _canceled(call: Call, done: Transaction) -> list[Order]:
    """The account's orders that a cancel ended."""
    return [
        order
        for order in closed_orders(done.events)
        if order.close_reason is CloseReason.BY_USER and order.account_id == call.account_id
    ]


OPERATIONS = (
    signed(Security.TRADE, cancel, "DELETE /api/v3/order"),
    signed(Security.TRADE, cancel_symbols, "DELETE /api/v3/openOrders"),
    signed(Security.TRADE, cancel_all, "DELETE /api/v3/order/all"),
)
