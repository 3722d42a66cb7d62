"""Private endpoints for orders and trades: section 4.3 of the source design."""

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from hypersim.api.operation import Security
from hypersim.dialects.native.errors import ApiError, ErrorCode, refused
from hypersim.dialects.native.orders.bodies import OrderBody, TradeBody, order_body, trade_body
from hypersim.dialects.native.orders.request import (
    AmendRequest,
    OrderRequest,
    amend_order,
    order_id_of,
    place_order,
)
from hypersim.dialects.native.orders.told import bodies_of, body_of, told
from hypersim.dialects.native.params import OrderId, PageRequest, Symbol
from hypersim.dialects.native.venue import Call, Operation
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.record import PageQuery
from hypersim.trading.commands import CancelAllOrders, CancelOrder
from hypersim.trading.events import (
    Event,
    OrderAccepted,
    OrderEvent,
    OrderFilled,
    closed_orders,
)
from hypersim.trading.order import Fill, Order
from hypersim.trading.rejections import Rejected


class CancelAllQuery(Struct):
    """Of `DELETE /v1/orders/open`."""

    symbol: Symbol | None = None


class TradesQuery(PageRequest):
    """Of `GET /v1/myTrades`."""

    orderId: OrderId | None = None  # noqa: N815 - in the style of CCXT's names


async def place(call: Call) -> OrderBody:
    """Place an order; a repeated client order id gets the first one, with status 200."""
    outcome = await call.submit(place_order(call.body, call.account_id))
    if not isinstance(outcome, Rejected):
        return outcome_body(outcome.events)
    if outcome.order_id is None:
        raise refused(outcome)
    call.status = 200
    return await find(call, outcome.order_id)


async def show(call: Call) -> OrderBody:
    """One order."""
    return await find(call, order_id_of(call.argument))


async def amend(call: Call) -> OrderBody:
    """Change an open order's amount or price."""
    number = order_id_of(call.argument)
    await call.execute(amend_order(call.body, call.account_id, number))
    return await find(call, number)


async def cancel(call: Call) -> OrderBody:
    """Cancel an order."""
    number = order_id_of(call.argument)
    outcome = await call.submit(CancelOrder(call.account_id, number))
    if isinstance(outcome, Rejected):
        raise await _gone(call, outcome, number)
    return await find(call, number)


async def cancel_all(call: Call) -> list[OrderBody]:
    """Cancel all open orders."""
    symbol = call.query(CancelAllQuery).symbol
    ended = closed_orders((await call.execute(CancelAllOrders(call.account_id, symbol))).events)
    closed = [order for order in ended if order.account_id == call.account_id]
    return await told(call.services, closed)


async def list_open(call: Call) -> list[OrderBody]:
    """Open orders, oldest first."""
    page = call.query(PageRequest).page(call.view, call.account_id)
    own = call.view.open_orders(call.account_id)
    rows = [order for order in own.values() if _fits(order, page)]
    rows.sort(key=lambda order: order.id)
    if page.limit is not None:
        rows = rows[-page.limit :] if page.since_ms is None else rows[: page.limit]
    call.charge_rows(len(rows))
    return await in_slices(partial(body_of, call.services), rows)


async def list_closed(call: Call) -> list[OrderBody]:
    """Orders that ended, oldest first."""
    return await _listed(call, only_ended=True)


async def list_orders(call: Call) -> list[OrderBody]:
    """All orders, oldest first."""
    return await _listed(call, only_ended=False)


async def list_trades(call: Call) -> list[TradeBody]:
    """The account's trades, oldest first."""
    query = call.query(TradesQuery)
    fills = await call.services.archive.fills(
        query.page(call.view, call.account_id),
        order_id_of(query.orderId) if query.orderId else None,
    )
    call.charge_rows(len(fills))
    return await in_slices(trade_body, fills)


async def find(call: Call, order_id: int) -> OrderBody:
    """The account's order, from memory or from the record. Raises `ApiError` 404."""
    services, account_id = call.services, call.account_id
    order = services.engine.view.orders.get(order_id)
    if order is not None and order.account_id == account_id:
        return body_of(services, order)
    order = await services.archive.order(account_id, order_id) if order is None else None
    if order is None:
        message = f"Order {order_id} does not exist"
        raise ApiError(ErrorCode.ORDER_NOT_FOUND, message, status=404)
    return (await bodies_of(services, [order]))[0]


def outcome_body(events: Sequence[Event]) -> OrderBody:
    """The order that a command placed, as the command left it."""
    order: Order | None = None
    fills: list[Fill] = []
    for event in events:
        if isinstance(event, OrderAccepted):
            order = event.order
        elif isinstance(event, OrderEvent) and order and event.order.id == order.id:
            order = event.order
            if isinstance(event, OrderFilled):
                fills.append(event.fill)
    assert order is not None, events
    return order_body(order, fills)


def _fits(order: Order, page: PageQuery) -> bool:
    return (
        page.symbol in (None, order.symbol)
        and (page.since_ms is None or order.created_ms >= page.since_ms)
        and (page.until_ms is None or order.created_ms <= page.until_ms)
    )


async def _listed(call: Call, *, only_ended: bool) -> list[OrderBody]:
    page = call.query(PageRequest).page(call.view, call.account_id)
    orders = await call.services.archive.orders(page, only_ended=only_ended)
    call.charge_rows(len(orders))
    return await bodies_of(call.services, orders)


async def _gone(call: Call, rejected: Rejected, order_id: int) -> ApiError:
    """An order that ended long ago is not unknown: the record says what became of it."""
    error = refused(rejected)
    if error.code is not ErrorCode.ORDER_NOT_FOUND:
        return error
    order = await call.services.archive.order(call.account_id, order_id)
    if order is None:
        return error
    code = ErrorCode.ORDER_ALREADY_CANCELED
    if order.filled == order.quantity:
        code = ErrorCode.ORDER_ALREADY_FILLED
    return ApiError(code, f"Order {order_id} is {order.status} already")


READ, TRADE = Security.READ, Security.TRADE

OPERATIONS = (
    Operation(place, ("POST /v1/order",), (), TRADE, body=OrderRequest, statuses=(201, 200)),
    Operation(show, ("GET /v1/order/{order_id}",), (), READ, errors=(404,), reads=Data.ORDERS),
    Operation(amend, ("PUT /v1/order/{order_id}",), (), TRADE, body=AmendRequest, errors=(404,)),
    Operation(cancel, ("DELETE /v1/order/{order_id}",), (), TRADE, errors=(404,)),
    Operation(cancel_all, ("DELETE /v1/orders/open",), (), TRADE, query=CancelAllQuery),
    Operation(list_open, ("GET /v1/orders/open",), (), READ, query=PageRequest, reads=Data.ORDERS),
    Operation(
        list_closed, ("GET /v1/orders/closed",), (), READ, query=PageRequest, reads=Data.ORDERS
    ),
    Operation(list_orders, ("GET /v1/orders",), (), READ, query=PageRequest, reads=Data.ORDERS),
    Operation(
        list_trades,
        ("GET /v1/myTrades",),
        (),
        READ,
        query=TradesQuery,
        errors=(404,),
        reads=Data.FILLS,
    ),
)
