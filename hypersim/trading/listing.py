"""Deciding on order lists: placing one, and ending one."""

from collections.abc import Iterator

from msgspec.structs import replace

from hypersim.account.user import User
from hypersim.market.number import ZERO
from hypersim.trading.allowance import check_allowance
from hypersim.trading.arriving import carry_out, new_order, prepare
from hypersim.trading.checks import (
    NO_ACCOUNT,
    check_client_order_id,
    check_expiry,
    check_order,
    check_waiting_terms,
    unknown_symbol,
)
from hypersim.trading.commands import CancelOrderList, PlaceOrder, PlaceOrderList
from hypersim.trading.events import OrderEvent, OrderListChanged
from hypersim.trading.execution import close
from hypersim.trading.market import Market
from hypersim.trading.order import CloseReason, Order, OrderStatus
from hypersim.trading.order_list import ListStatus, ListStatusType, OrderList
from hypersim.trading.pairs import check_pair_prices, prepare_pair
from hypersim.trading.placing import accept, check_funds, check_pegged
from hypersim.trading.plans import NO_ARRIVAL, Prepared
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.settlement import hold_entry
from hypersim.trading.state import ExchangeState

ListEvents = Iterator[OrderEvent | OrderListChanged]


def decide_place_list(
    state: ExchangeState, command: PlaceOrderList, now_ms: int
) -> Rejected | ListEvents:
    """All orders are accepted or none. Those that wait are only checked against what will not
    change: what they lock, and whether they would trade, is seen when their turn comes."""
    user = state.users.get(command.account_id)
    if user is None:
        return NO_ACCOUNT
    market = state.markets_by_spelling.get(command.symbol)
    if market is None:
        return unknown_symbol(command.symbol)
    refusal = (
        check_list(market, command, now_ms)
        or _check_ids(state, market.instrument.symbol, command)
        or check_allowance(state, market, command.orders, lists=1)
    )
    if refusal is not None:
        return refusal
    if command.kind.is_pair_only:
        return _decide_pair(state, market, command, now_ms)
    return _decide_working(state, market, user, command, now_ms)


def check_list(market: Market, command: PlaceOrderList, now_ms: int) -> Rejected | None:
    """All that can be said of its orders by themselves."""
    refusal = None
    for place, order in enumerate(command.orders):
        if place and not command.kind.is_pair_only:
            refusal = check_expiry(order, now_ms) or check_waiting_terms(market, order)
        else:
            refusal = check_order(market, order, now_ms)
        if refusal is not None:
            return refusal
    return None


def decide_cancel_list(
    state: ExchangeState, command: CancelOrderList, now_ms: int
) -> Rejected | ListEvents:
    """All of its orders that are open end, and so does the list."""
    order_list = state.lists.get(command.list_id)
    if order_list is None or order_list.account_id != command.account_id:
        return Rejected(
            Rejection.ORDER_LIST_NOT_FOUND, f"There is no open order list {command.list_id}"
        )
    canceled, reason = OrderStatus.CANCELED, CloseReason.BY_USER
    return end_list(state, order_list, canceled, reason, now_ms, cancel_id=command.cancel_id)


def end_list(
    state: ExchangeState,
    order_list: OrderList,
    status: OrderStatus,
    reason: CloseReason,
    now_ms: int,
    *,
    refusal: Rejection | None = None,
    cancel_id: str | None = None,
) -> ListEvents:
    """Its open orders end this way, then the list is over."""
    for order_id in order_list.order_ids:
        order = state.orders.get(order_id)
        if order is not None:
            yield close(state, order, status, reason, now_ms, refusal=refusal, cancel_id=cancel_id)
    yield list_done(state, order_list, now_ms, refusal=refusal)


def list_done(
    state: ExchangeState, order_list: OrderList, now_ms: int, *, refusal: Rejection | None = None
) -> OrderListChanged:
    """The list is over; what it held itself is released."""
    after = replace(
        order_list,
        status_type=ListStatusType.DONE,
        status=ListStatus.DONE,
        updated_ms=now_ms,
        refusal=refusal,
        hold=ZERO,
    )
    return list_changed(state, order_list, after)


def list_changed(state: ExchangeState, before: OrderList, after: OrderList) -> OrderListChanged:
    """The list as it is now, with the entry that adapts what it holds."""
    base = state.markets[after.symbol].instrument.base
    entry = hold_entry(
        after,
        base,
        after.hold - before.hold,
        seq=state.counters.ledger_seq + 1,
        time_ms=after.updated_ms,
    )
    return OrderListChanged(after, entry)


def _check_ids(state: ExchangeState, symbol: str, command: PlaceOrderList) -> Rejected | None:
    used: set[str] = set()
    for order in command.orders:
        refusal = check_client_order_id(state, symbol, order, None)
        if refusal is None and order.client_order_id in used:
            refusal = Rejected(
                Rejection.DUPLICATE_CLIENT_ORDER_ID,
                f"Client order id {order.client_order_id!r} is used twice in the list",
            )
        if refusal is not None:
            return refusal
        if order.client_order_id is not None:
            used.add(order.client_order_id)
    if command.client_list_id is None:
        return None
    other_id = state.lists.named(command.account_id, command.client_list_id)
    if other_id is None:
        return None
    return Rejected(
        Rejection.DUPLICATE_CLIENT_LIST_ID,
        f"Client list id {command.client_list_id!r} is that of order list {other_id}",
        {"listId": str(other_id)},
    )


def _decide_pair(
    state: ExchangeState, market: Market, command: PlaceOrderList, now_ms: int
) -> Rejected | ListEvents:
    one, other = command.orders
    pair = prepare_pair(state, market, one, other, now_ms)
    if isinstance(pair, Rejected):
        return pair
    if refusal := check_funds(state, market.instrument, one, pair[0].required):
        return refusal
    return _pair_events(state, market, command, pair, now_ms)


def _pair_events(
    state: ExchangeState,
    market: Market,
    command: PlaceOrderList,
    pair: tuple[Prepared, Prepared],
    now_ms: int,
) -> ListEvents:
    order_list = _new_list(state, market, command, now_ms)
    orders = [
        new_order(state, market, prepared, now_ms, place=place, list_id=order_list.id)
        for place, prepared in enumerate(pair, 1)
    ]
    yield OrderListChanged(order_list)
    for order in orders:
        yield accept(state, market, order, now_ms)


def _decide_working(
    state: ExchangeState, market: Market, user: User, command: PlaceOrderList, now_ms: int
) -> Rejected | ListEvents:
    working, *waiting = command.orders
    if len(waiting) == 2:
        refusal = check_pair_prices(waiting[0], waiting[1], None)
        if refusal is not None:
            return refusal
    pegged = working if working.peg is None else check_pegged(market, working, now_ms)
    if isinstance(pegged, Rejected):
        return pegged
    prepared = prepare(state, market, pegged)
    if isinstance(prepared, Rejected):
        return prepared
    if refusal := check_funds(state, market.instrument, pegged, prepared.required):
        return refusal
    return _working_events(state, market, user, command, prepared, now_ms)


def _working_events(
    state: ExchangeState,
    market: Market,
    user: User,
    command: PlaceOrderList,
    prepared: Prepared,
    now_ms: int,
) -> ListEvents:
    order_list = _new_list(state, market, command, now_ms)
    working = new_order(state, market, prepared, now_ms, list_id=order_list.id)
    waiting = [
        _waiting_order(state, market, order, now_ms, place=place, list_id=order_list.id)
        for place, order in enumerate(command.orders[1:], 2)
    ]
    yield OrderListChanged(order_list)
    for order in (working, *waiting):
        yield accept(state, market, order, now_ms)
    yield from carry_out(state, market, user, working, prepared.arrival, now_ms)


def _waiting_order(
    state: ExchangeState,
    market: Market,
    command: PlaceOrder,
    now_ms: int,
    *,
    place: int,
    list_id: int,
) -> Order:
    assert command.quantity is not None, command
    nothing_yet = Prepared(command, NO_ARRIVAL, command.quantity, ZERO, ZERO)
    order = new_order(state, market, nothing_yet, now_ms, place=place, list_id=list_id)
    return replace(
        order, status=OrderStatus.NEW, working_ms=None, trailing_price=None, trailing_ms=None
    )


def _new_list(
    state: ExchangeState, market: Market, command: PlaceOrderList, now_ms: int
) -> OrderList:
    first_id = state.counters.order_id + 1
    return OrderList(
        state.counters.list_id + 1,
        command.account_id,
        market.instrument.symbol,
        command.kind,
        tuple(range(first_id, first_id + command.kind.size)),
        now_ms,
        now_ms,
        command.client_list_id,
    )
