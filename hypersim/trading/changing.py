"""Deciding on open orders: cancel, cancel all, replace, expire."""

from collections.abc import Iterator

from hypersim.trading.allowance import check_allowance
from hypersim.trading.checks import check_order, unknown_symbol
from hypersim.trading.closing import close_all
from hypersim.trading.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelRestriction,
    ExpireOrders,
    OrderName,
    OrderRef,
    ReplaceOrder,
)
from hypersim.trading.events import HalfRefused, OrderEvent, OrderListChanged, OrdersClosed
from hypersim.trading.execution import close
from hypersim.trading.listing import end_list
from hypersim.trading.order import CloseReason, Order, OrderStatus
from hypersim.trading.placing import decide_place
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState

CancelEvents = Iterator[OrderEvent | OrderListChanged]

_CANCELABLE = {
    None: frozenset({OrderStatus.NEW, OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED}),
    CancelRestriction.ONLY_NEW: frozenset({OrderStatus.OPEN}),
    CancelRestriction.ONLY_PARTIALLY_FILLED: frozenset({OrderStatus.PARTIALLY_FILLED}),
}


def decide_cancel(
    state: ExchangeState, command: CancelOrder, now_ms: int
) -> Rejected | CancelEvents:
    """The order ends and with it its list, or the refusal says why it cannot."""
    order = find_open(state, command.account_id, command.order)
    if isinstance(order, Rejected):
        return order
    if order.status not in _CANCELABLE[command.restriction]:
        return Rejected(
            Rejection.CANCEL_RESTRICTED,
            f"Order {order.id} is {order.status.value}, so the restriction spares it",
        )
    canceled, reason, name = OrderStatus.CANCELED, CloseReason.BY_USER, command.cancel_id
    order_list = None if order.list_id is None else state.lists.get(order.list_id)
    if order_list is not None:
        return end_list(state, order_list, canceled, reason, now_ms, cancel_id=name)
    return iter((close(state, order, canceled, reason, now_ms, cancel_id=name),))


def decide_cancel_all(
    state: ExchangeState, command: CancelAllOrders, now_ms: int
) -> Rejected | Iterator[OrderEvent | OrdersClosed]:
    """Every open order of the account ends, oldest first."""
    symbol = None
    if command.symbol is not None:
        market = state.markets_by_spelling.get(command.symbol)
        if market is None:
            return unknown_symbol(command.symbol)
        symbol = market.instrument.symbol
    orders = [
        order
        for order in state.open_orders(command.account_id).values()
        if symbol is None or order.symbol == symbol
    ]
    canceled, reason = OrderStatus.CANCELED, CloseReason.BY_USER
    return close_all(state, orders, canceled, reason, now_ms, cancel_id=command.cancel_id)


def expire_due(state: ExchangeState, now_ms: int) -> Iterator[OrderEvent | OrdersClosed]:
    """Orders whose date has passed end at their date, whenever that is noticed."""
    for time_ms, order_ids in state.deadlines.due(now_ms):
        own: dict[int, list[Order]] = {}
        for order_id in order_ids:
            order = state.orders[order_id]
            own.setdefault(order.account_id, []).append(order)
        for orders in own.values():
            yield from close_all(state, orders, OrderStatus.EXPIRED, CloseReason.EXPIRY, time_ms)


def decide_expire(
    state: ExchangeState, command: ExpireOrders, now_ms: int
) -> Rejected | Iterator[OrderEvent | OrderListChanged | OrdersClosed]:
    """The order ends and with it its list; or all of the symbol, account by account."""
    market = state.markets_by_spelling.get(command.symbol)
    if market is None:
        return unknown_symbol(command.symbol)
    expired, reason = OrderStatus.EXPIRED, CloseReason.BY_EXCHANGE
    if command.order_id is None:
        return _expire_all(state, market.instrument.symbol, now_ms)
    order = state.orders.get(command.order_id)
    if order is None or order.symbol != market.instrument.symbol:
        return _not_found(command.order_id)
    order_list = None if order.list_id is None else state.lists.get(order.list_id)
    if order_list is not None:
        return end_list(state, order_list, expired, reason, now_ms)
    return iter((close(state, order, expired, reason, now_ms),))


def _expire_all(
    state: ExchangeState, symbol: str, now_ms: int
) -> Iterator[OrderEvent | OrdersClosed]:
    own: dict[int, list[Order]] = {}
    for order in state.orders.values():
        if order.symbol == symbol:
            own.setdefault(order.account_id, []).append(order)
    for orders in own.values():
        yield from close_all(state, orders, OrderStatus.EXPIRED, CloseReason.BY_EXCHANGE, now_ms)


def decide_replace(
    state: ExchangeState, command: ReplaceOrder, now_ms: int
) -> Rejected | Iterator[OrderEvent | OrderListChanged | HalfRefused]:
    """First the new order is checked as if it came beside the old one, its filters and how many
    orders are open; then the old one is canceled, then the new one is placed with whatever that has
    released."""
    place = command.place
    market = state.markets_by_spelling.get(place.symbol)
    if market is None:
        return unknown_symbol(place.symbol)
    refusal = check_order(market, place, now_ms) or check_allowance(state, market, (place,))
    if refusal is not None:
        return refusal
    order = find_open(state, command.cancel.account_id, command.cancel.order)
    canceled: Rejected | CancelEvents
    if isinstance(order, Order) and order.symbol != market.instrument.symbol:
        canceled = _not_found(order.id)
    else:
        canceled = decide_cancel(state, command.cancel, now_ms)
    if isinstance(canceled, Rejected) and not command.continues_on_failure:
        return canceled
    return _replaced(state, command, canceled, now_ms)


def find_open(state: ExchangeState, account_id: int, wanted: OrderRef) -> Order | Rejected:
    """The account's open order, or what became of it. Another account's order does not exist."""
    order_id = _number_of(state, account_id, wanted)
    if isinstance(order_id, Rejected):
        return order_id
    order = state.orders.get(order_id)
    known = order or state.recent.get(order_id)
    if known is None or known.account_id != account_id:
        return _not_found(order_id)
    if isinstance(wanted, OrderName) and (refusal := _check_named(state, wanted, known)):
        return refusal
    if order is not None:
        return order
    if known.status is OrderStatus.FILLED:
        return Rejected(Rejection.ORDER_ALREADY_FILLED, f"Order {order_id} is filled already")
    return Rejected(
        Rejection.ORDER_ALREADY_CANCELED, f"Order {order_id} is {known.status.value} already"
    )


def _number_of(state: ExchangeState, account_id: int, wanted: OrderRef) -> int | Rejected:
    if not isinstance(wanted, OrderName):
        return wanted
    if wanted.order_id is not None:
        return wanted.order_id
    assert wanted.client_order_id is not None, wanted
    market = state.markets_by_spelling.get(wanted.symbol)
    symbol = "" if market is None else market.instrument.symbol
    use = state.client_order_ids.find(account_id, symbol, wanted.client_order_id)
    return _not_found(repr(wanted.client_order_id)) if use is None else use.order_id


def _check_named(state: ExchangeState, wanted: OrderName, order: Order) -> Rejected | None:
    """Whether all that was said of the order is so."""
    market = state.markets_by_spelling.get(wanted.symbol)
    if market is None or market.instrument.symbol != order.symbol:
        return _not_found(order.id)
    if wanted.client_order_id in (None, order.client_order_id):
        return None
    return Rejected(
        Rejection.OTHER_CLIENT_ORDER_ID,
        f"Order {order.id} is not the one of client order id {wanted.client_order_id!r}",
    )


def _not_found(order_id: int | str) -> Rejected:
    return Rejected(Rejection.ORDER_NOT_FOUND, f"Order {order_id} does not exist")


def _replaced(
    state: ExchangeState, command: ReplaceOrder, canceled: Rejected | CancelEvents, now_ms: int
) -> Iterator[OrderEvent | OrderListChanged | HalfRefused]:
    account_id = command.place.account_id
    if isinstance(canceled, Rejected):
        order_id = _number_of(state, account_id, command.cancel.order)
        yield HalfRefused(account_id, order_id if isinstance(order_id, int) else None, canceled)
    else:
        yield from canceled
    placed = decide_place(state, command.place, now_ms)
    if isinstance(placed, Rejected):
        yield HalfRefused(account_id, None, placed, command.place)
    else:
        yield from placed
