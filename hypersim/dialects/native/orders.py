"""Private endpoints for orders and trades: section 4.3 of the source design."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, delete, get, post, put

from hypersim.account.user import Permission
from hypersim.api.services import Services
from hypersim.dialects.native.auth import NativeRequest, signed_body
from hypersim.dialects.native.bodies import OrderBody, order_body, trade_body
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.market import reply
from hypersim.dialects.native.parsing import (
    Query,
    amend_order,
    known_symbol,
    order_id_of,
    place_order,
)
from hypersim.service.record import PageQuery
from hypersim.service.view import View
from hypersim.trading.commands import CancelAllOrders, CancelOrder
from hypersim.trading.events import Event, OrderAccepted, OrderAmended, OrderClosed, OrderFilled
from hypersim.trading.order import Fill, Order
from hypersim.trading.rejections import Rejected

PAGE_PARAMETERS = ("symbol", "since", "until", "limit")


def order_handlers(services: Services) -> list[Any]:
    """The handlers of the orders API."""
    engine, view, archive = services.engine, services.engine.view, services.archive

    @post("/v1/order", status_code=201, summary="Place an order")
    async def place(request: NativeRequest) -> Response[bytes]:
        key, body = await signed_body(services, request, Permission.TRADE)
        outcome = await engine.submit(place_order(body, key.account_id))
        if not isinstance(outcome, Rejected):
            return reply(outcome_body(outcome), 201)
        if outcome.order_id is None:
            raise refused(outcome)
        return reply(await find(key.account_id, outcome.order_id))

    @get("/v1/order/{order_id:str}", summary="One order")
    async def show(request: NativeRequest, order_id: str) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        return reply(await find(key.account_id, order_id_of(order_id)))

    @put("/v1/order/{order_id:str}", summary="Change an open order's amount or price")
    async def amend(request: NativeRequest, order_id: str) -> Response[bytes]:
        key, body = await signed_body(services, request, Permission.TRADE)
        command = amend_order(body, key.account_id, order_id_of(order_id))
        outcome = await engine.submit(command)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return reply(await find(key.account_id, command.order_id))

    @delete("/v1/order/{order_id:str}", status_code=200, summary="Cancel an order")
    async def cancel(request: NativeRequest, order_id: str) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.TRADE)
        command = CancelOrder(key.account_id, order_id_of(order_id))
        outcome = await engine.submit(command)
        if isinstance(outcome, Rejected):
            raise await gone(outcome, key.account_id, command.order_id)
        return reply(await find(key.account_id, command.order_id))

    @delete("/v1/orders/open", status_code=200, summary="Cancel all open orders")
    async def cancel_all(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.TRADE)
        symbol = Query(request, ("symbol",)).text("symbol")
        outcome = await engine.submit(CancelAllOrders(key.account_id, symbol))
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        closed = [event.order for event in outcome if isinstance(event, OrderClosed)]
        closed = [order for order in closed if order.account_id == key.account_id]
        return reply([body_of(order) for order in closed])

    @get("/v1/orders/open", summary="Open orders, oldest first")
    async def list_open(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        page = page_query(request, key.account_id)
        rows = [order for order in view.open_orders(key.account_id).values() if _fits(order, page)]
        rows.sort(key=lambda order: order.id)
        if page.limit is not None:
            rows = rows[-page.limit :] if page.since_ms is None else rows[: page.limit]
        return reply([body_of(order) for order in rows])

    @get("/v1/orders/closed", summary="Orders that ended, oldest first")
    async def list_closed(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        page = page_query(request, key.account_id)
        return reply(await bodies(await archive.orders(page, only_ended=True)))

    @get("/v1/orders", summary="All orders, oldest first")
    async def list_orders(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        page = page_query(request, key.account_id)
        return reply(await bodies(await archive.orders(page, only_ended=False)))

    @get("/v1/myTrades", summary="The account's trades, oldest first")
    async def list_trades(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        query = Query(request, (*PAGE_PARAMETERS, "orderId"))
        order_id = query.text("orderId")
        fills = await archive.fills(
            page_of(view, query, key.account_id), order_id_of(order_id) if order_id else None
        )
        return reply([trade_body(fill) for fill in fills])

    def page_query(request: NativeRequest, account_id: int) -> PageQuery:
        return page_of(view, Query(request, PAGE_PARAMETERS), account_id)

    def body_of(order: Order) -> OrderBody:
        return order_body(order, view.fills_by_order.get(order.id, ()))

    async def bodies(orders: Sequence[Order]) -> list[OrderBody]:
        fills = await archive.fills_of([order.id for order in orders if order.filled])
        return [order_body(order, fills.get(order.id, ())) for order in orders]

    async def find(account_id: int, order_id: int) -> OrderBody:
        order = view.orders.get(order_id)
        if order is not None and order.account_id == account_id:
            return body_of(order)
        order = await archive.order(account_id, order_id) if order is None else None
        if order is None:
            message = f"Order {order_id} does not exist"
            raise ApiError(ErrorCode.ORDER_NOT_FOUND, message, status=404)
        return (await bodies([order]))[0]

    async def gone(rejected: Rejected, account_id: int, order_id: int) -> ApiError:
        """An order that ended long ago is not unknown: the record says what became of it."""
        error = refused(rejected)
        if error.code is not ErrorCode.ORDER_NOT_FOUND:
            return error
        order = await archive.order(account_id, order_id)
        if order is None:
            return error
        code = ErrorCode.ORDER_ALREADY_CANCELED
        if order.remaining == 0:
            code = ErrorCode.ORDER_ALREADY_FILLED
        return ApiError(code, f"Order {order_id} is {order.status} already")

    return [
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
