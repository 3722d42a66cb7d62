"""The history of an amended order: order.amendments."""

from hypersim.api.finding import order_of
from hypersim.dialects.binance.numbers import execution_id
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.params.paging import ROWS_DEFAULT, ROWS_MAX
from hypersim.dialects.binance.venue import Call, reading


async def amendments(call: Call) -> object:
    """An order's amendments, oldest first."""
    params, instrument = call.params, call.instrument()
    order_id = params.need_integer("orderId")
    from_id = params.integer("fromExecutionId") or 0
    limit = params.limit(ROWS_DEFAULT, ROWS_MAX)
    params.done()
    order = await order_of(call, instrument.symbol, order_id)
    if order is None:
        # As for the trades of an order that is not there.
        return []
    # Rounded up: an event has an even number.
    rows = await call.services.archive.amendments(
        call.account_id, order.id, from_seq=-(-from_id // 2), limit=limit
    )
    printer = Printer(instrument, call.unit)
    return [
        {
            "symbol": instrument.id,
            "orderId": row.order_id,
            "executionId": execution_id(row.seq),
            "origClientOrderId": row.previous_client_order_id or str(row.order_id),
            "newClientOrderId": row.client_order_id or str(row.order_id),
            "origQty": printer.quantity(row.previous_quantity),
            "newQty": printer.quantity(row.quantity),
            "time": call.time(row.time_ms),
        }
        for row in rows
    ]


OPERATIONS = (
    reading(
        amendments,
        "GET /api/v3/order/amendments",
        "order.amendments",
        4,
        "symbol orderId fromExecutionId limit",
    ),
)
