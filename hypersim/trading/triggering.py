"""Deciding on a price: which conditional orders it fires or moves on, and what a fired one does."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.number import ZERO
from hypersim.trading import filters
from hypersim.trading.arriving import arrival_cost, carry_out, resting_hold
from hypersim.trading.events import OrderClosed, OrderEvent, OrderTrailed, OrderTriggered
from hypersim.trading.execution import close
from hypersim.trading.market import Market
from hypersim.trading.matching import plan_rest
from hypersim.trading.order import CloseReason, Order, OrderStatus
from hypersim.trading.pegging import repriced
from hypersim.trading.rejections import Rejected
from hypersim.trading.room import check_room
from hypersim.trading.settlement import held_asset, hold_entry
from hypersim.trading.state import ExchangeState
from hypersim.trading.triggers import is_fired


def look_at(
    state: ExchangeState, market: Market, price: Decimal, now_ms: int
) -> tuple[list[OrderTrailed], list[int]]:
    """(the trailing orders that this price moves on, the ids of the orders that it fires), both by
    the time of their placement."""
    trailed: list[OrderTrailed] = []
    fired: list[int] = []
    for order_id in market.triggers.reached(price):
        order = state.orders[order_id]
        if is_fired(order, price):
            fired.append(order_id)
        else:
            since_ms = now_ms if order.trailing_ms is None else order.trailing_ms
            after = replace(order, trailing_price=price, trailing_ms=since_ms)
            trailed.append(OrderTrailed(after))
    return trailed, fired


def decide_trigger(state: ExchangeState, order_id: int, now_ms: int) -> Iterator[OrderEvent]:
    """The order starts to work and does what an arriving order does, but price bands are not
    checked again. It expires where its owner cannot pay. The other order of its pair goes first,
    as both rest on the same money."""
    order = state.orders.get(order_id)
    if order is None or order.is_working:
        return
    yield from _expire_sibling(state, order, now_ms)
    market = state.markets[order.symbol]
    if order.peg is not None:
        pegged = _pegged(market, order, now_ms)
        if isinstance(pegged, Rejected):
            yield _refused(state, order, pegged, now_ms)
            return
        order = pegged
    arrival = plan_rest(order, market, state.rules.fills)
    user = state.users[order.account_id]
    hold = resting_hold(market, user, order, order.remaining, arrival)
    required = hold + arrival_cost(market, user, order.side, arrival)
    asset = held_asset(order.side, market.instrument)
    free = state.ledger.available(order.account_id, asset) + order.hold
    most = max(arrival.notional, order.remaining * (order.price or ZERO))
    refusal = filters.check_funds(asset, required, free) or check_room(
        state, market, order.side, order.remaining, most
    )
    if refusal is not None:
        yield _refused(state, order, refusal, now_ms)
        return
    started = replace(
        order, hold=hold, working_ms=now_ms, updated_ms=now_ms, rank=state.counters.rank + 1
    )
    seq = state.counters.ledger_seq + 1
    entry = hold_entry(started, asset, hold - order.hold, seq=seq, time_ms=now_ms)
    yield OrderTriggered(started, entry)
    yield from carry_out(state, market, user, started, arrival, now_ms)


def _pegged(market: Market, order: Order, now_ms: int) -> Order | Rejected:
    """The order at the price of now, which has to satisfy what any price has to."""
    pegged = repriced(market, order)
    if isinstance(pegged, Rejected):
        return pegged
    assert pegged.price is not None, pegged
    average = market.reference.average(now_ms)
    refusal = filters.check_price(market.instrument, order.side, pegged.price, average)
    notional = pegged.price * order.remaining
    return refusal or filters.check_notional(market.instrument, notional) or pegged


def _refused(state: ExchangeState, order: Order, refusal: Rejected, now_ms: int) -> OrderClosed:
    expired, refused = OrderStatus.EXPIRED, CloseReason.REFUSED
    return close(state, order, expired, refused, now_ms, refusal=refusal.reason)


def _expire_sibling(state: ExchangeState, order: Order, now_ms: int) -> Iterator[OrderEvent]:
    order_list = None if order.list_id is None else state.lists.get(order.list_id)
    if order_list is None:
        return
    for order_id in order_list.pair_ids:
        sibling = state.orders.get(order_id)
        if sibling is not None and order_id != order.id:
            reason = CloseReason.SIBLING_STARTED
            yield close(state, sibling, OrderStatus.EXPIRED, reason, now_ms)
