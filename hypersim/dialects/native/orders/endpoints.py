"""Private endpoints for orders and trades: section 4.3 of the source design."""

from collections.abc import Sequence
from functools import partial

from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from hypersim.account.user import ApiKey, Permission
from hypersim.api.services import Services
from hypersim.dialects.native.auth import NativeRequest, caller_of, services_of, signed_body
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.limits import charge_rows
from hypersim.dialects.native.market.endpoints import reply
from hypersim.dialects.native.orders.bodies import OrderBody, order_body, trade_body
from hypersim.dialects.native.orders.told import bodies_of, body_of, told
from hypersim.dialects.native.params import (
    Query,
    amend_order,
    known_symbol,
    order_id_of,
    place_order,
)
from hypersim.dialects.native.words import AMEND_BODY, LIST, ORDER_BODY, operation
from hypersim.service.heavy_reads import in_slices
from hypersim.service.record import PageQuery
from hypersim.service.view import View
from hypersim.trading.commands import CancelAllOrders, CancelOrder
from hypersim.trading.events import (
    Event,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderFilled,
    closed_orders,
)
from hypersim.trading.order import Fill, Order
from hypersim.trading.rejections import Rejected

PAGE_PARAMETERS = ("symbol", "since", "until", "limit")


@post(
    "/v1/order",
    status_code=201,
    summary="Place an order; a repeated client order id gets the first one, with status 200",
    operation_class=operation(body=ORDER_BODY, statuses=(200, 201), is_signed=True),
)
async def place(request: NativeRequest) -> Response[bytes]:
    key, body = await signed_body(request, Permission.TRADE)
    status, answer = await place_for(services_of(request), key, body)
    return reply(answer, status)


@get(
    "/v1/order/{order_id:str}",
    summary="One order",
    operation_class=operation(is_signed=True, errors=(404,)),
)
async def show(request: NativeRequest, order_id: FromPath[str]) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    return reply(await find(services_of(request), key.account_id, order_id_of(order_id)))


@put(
    "/v1/order/{order_id:str}",
    summary="Change an open order's amount or price",
    operation_class=operation(body=AMEND_BODY, is_signed=True, errors=(404,)),
)
async def amend(request: NativeRequest, order_id: FromPath[str]) -> Response[bytes]:
    key, body = await signed_body(request, Permission.TRADE)
    number = order_id_of(order_id)
    command = amend_order(body, key.account_id, number)
    outcome = await services_of(request).engine.submit(command, caller_of(key))
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return reply(await find(services_of(request), key.account_id, number))


@delete(
    "/v1/order/{order_id:str}",
    status_code=200,
    summary="Cancel an order",
    operation_class=operation(is_signed=True, errors=(404,)),
)
async def cancel(request: NativeRequest, order_id: FromPath[str]) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.TRADE)
    number = order_id_of(order_id)
    command = CancelOrder(key.account_id, number)
    outcome = await services_of(request).engine.submit(command, caller_of(key))
    if isinstance(outcome, Rejected):
        raise await _gone(services_of(request), outcome, key.account_id, number)
    return reply(await find(services_of(request), key.account_id, number))


@delete(
    "/v1/orders/open",
    status_code=200,
    summary="Cancel all open orders",
    operation_class=operation(query=("symbol",), answer=LIST, is_signed=True),
)
async def cancel_all(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.TRADE)
    symbol = Query(request, ("symbol",)).text("symbol")
    outcome = await services_of(request).engine.submit(
        CancelAllOrders(key.account_id, symbol), caller_of(key)
    )
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    ended = closed_orders(outcome.events)
    closed = [order for order in ended if order.account_id == key.account_id]
    return reply(await told(services_of(request), closed))


@get(
    "/v1/orders/open",
    summary="Open orders, oldest first",
    operation_class=operation(query=PAGE_PARAMETERS, answer=LIST, is_signed=True),
)
async def list_open(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    page = _page_query(request, key.account_id)
    own = services_of(request).engine.view.open_orders(key.account_id)
    rows = [order for order in own.values() if _fits(order, page)]
    rows.sort(key=lambda order: order.id)
    if page.limit is not None:
        rows = rows[-page.limit :] if page.since_ms is None else rows[: page.limit]
    charge_rows(request, len(rows))
    return reply(await in_slices(partial(body_of, services_of(request)), rows))


@get(
    "/v1/orders/closed",
    summary="Orders that ended, oldest first",
    operation_class=operation(query=PAGE_PARAMETERS, answer=LIST, is_signed=True),
)
async def list_closed(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    page = _page_query(request, key.account_id)
    return reply(await _listed(request, page, only_ended=True))


@get(
    "/v1/orders",
    summary="All orders, oldest first",
    operation_class=operation(query=PAGE_PARAMETERS, answer=LIST, is_signed=True),
)
async def list_orders(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    page = _page_query(request, key.account_id)
    return reply(await _listed(request, page, only_ended=False))


@get(
    "/v1/myTrades",
    summary="The account's trades, oldest first",
    operation_class=operation(
        query=(*PAGE_PARAMETERS, "orderId"), answer=LIST, is_signed=True, errors=(404,)
    ),
)
async def list_trades(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    query = Query(request, (*PAGE_PARAMETERS, "orderId"))
    order_id = query.text("orderId")
    services = services_of(request)
    fills = await services.archive.fills(
        page_of(services.engine.view, query, key.account_id),
        order_id_of(order_id) if order_id else None,
    )
    charge_rows(request, len(fills))
    return reply(await in_slices(trade_body, fills))


ORDER_HANDLERS = [
    place,
    show,
    amend,
    cancel,
    cancel_all,
    list_open,
    list_closed,
    list_orders,
    list_trades,
]


async def place_for(services: Services, key: ApiKey, body: bytes) -> tuple[int, OrderBody]:
    """(status, order) of a `POST /v1/order`; a repeated request gets the first order again."""
    command = place_order(body, key.account_id)
    outcome = await services.engine.submit(command, caller_of(key))
    if not isinstance(outcome, Rejected):
        return 201, outcome_body(outcome.events)
    if outcome.order_id is None:
        raise refused(outcome)
    return 200, await find(services, key.account_id, outcome.order_id)


async def find(services: Services, account_id: int, order_id: int) -> OrderBody:
    """The account's order, from memory or from the record. Raises `ApiError` 404."""
    order = services.engine.view.orders.get(order_id)
    if order is not None and order.account_id == account_id:
        return body_of(services, order)
    order = await services.archive.order(account_id, order_id) if order is None else None
    if order is None:
        message = f"Order {order_id} does not exist"
        raise ApiError(ErrorCode.ORDER_NOT_FOUND, message, status=404)
    return (await bodies_of(services, [order]))[0]


def page_of(view: View, query: Query, account_id: int) -> PageQuery:
    """The filters that all lists share."""
    symbol = query.text("symbol")
    since_ms, until_ms = query.time_ms("since"), query.time_ms("until")
    if since_ms is not None and until_ms is not None and since_ms > until_ms:
        raise invalid("since must not be after until")
    return PageQuery(
        account_id,
        known_symbol(view, symbol) if symbol else None,
        since_ms,
        until_ms,
        query.limit(),
    )


def outcome_body(events: Sequence[Event]) -> OrderBody:
    """The order that a command placed, as the command left it."""
    order: Order | None = None
    fills: list[Fill] = []
    for event in events:
        match event:
            case OrderAccepted(order=accepted):
                order = accepted
            case OrderFilled(order=after, fill=fill) if order and after.id == order.id:
                order = after
                fills.append(fill)
            case OrderClosed(order=after) | OrderAmended(order=after) if (
                order and after.id == order.id
            ):
                order = after
            case _:
                pass
    assert order is not None, events
    return order_body(order, fills)


def _fits(order: Order, page: PageQuery) -> bool:
    return (
        page.symbol in (None, order.symbol)
        and (page.since_ms is None or order.created_ms >= page.since_ms)
        and (page.until_ms is None or order.created_ms <= page.until_ms)
    )


def _page_query(request: NativeRequest, account_id: int) -> PageQuery:
    view = services_of(request).engine.view
    return page_of(view, Query(request, PAGE_PARAMETERS), account_id)


async def _listed(request: NativeRequest, page: PageQuery, *, only_ended: bool) -> list[OrderBody]:
    services = services_of(request)
    orders = await services.archive.orders(page, only_ended=only_ended)
    charge_rows(request, len(orders))
    return await bodies_of(services, orders)


async def _gone(services: Services, rejected: Rejected, account_id: int, order_id: int) -> ApiError:
    """An order that ended long ago is not unknown: the record says what became of it."""
    error = refused(rejected)
    if error.code is not ErrorCode.ORDER_NOT_FOUND:
        return error
    order = await services.archive.order(account_id, order_id)
    if order is None:
        return error
    code = ErrorCode.ORDER_ALREADY_CANCELED
    if order.filled == order.quantity:
        code = ErrorCode.ORDER_ALREADY_FILLED
    return ApiError(code, f"Order {order_id} is {order.status} already")
