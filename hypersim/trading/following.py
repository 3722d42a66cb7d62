"""What becomes of an order list when one of its orders has moved on.

Decided after everything else that an event brought about, so that an order that is placed here
meets a market that stands still.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, floor_to
from hypersim.trading import filters
from hypersim.trading.arriving import carry_out, conditional, prepare_later
from hypersim.trading.checks import check_expiry, check_market
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderActivated
from hypersim.trading.execution import close
from hypersim.trading.listing import ListEvents, end_list, list_changed, list_done
from hypersim.trading.market import Market
from hypersim.trading.order import CloseReason, Order, OrderStatus, OrderType
from hypersim.trading.order_list import ListStatusType, OrderList
from hypersim.trading.pairs import prepare_pair
from hypersim.trading.plans import Prepared
from hypersim.trading.rejections import Rejected
from hypersim.trading.settlement import held_asset, hold_entry
from hypersim.trading.state import ExchangeState


def follow_list(
    state: ExchangeState, order_list: OrderList, moved: Mapping[int, Order], now_ms: int
) -> ListEvents:
    """`moved` are the orders of the open list that moved on, as they are now."""
    if order_list.waiting_ids and order_list.activated_ms is None:
        yield from _follow_working(state, order_list, moved, now_ms)
    elif order_list.pair_ids:
        yield from _follow_pair(state, order_list, moved, now_ms)
    elif not any(order_id in state.orders for order_id in order_list.order_ids):
        yield list_done(state, order_list, now_ms)


def _follow_working(
    state: ExchangeState, order_list: OrderList, moved: Mapping[int, Order], now_ms: int
) -> ListEvents:
    working = moved.get(order_list.order_ids[0])
    ended = {order.id for order in moved.values() if order.status.is_terminal}
    if working is not None and ended == {working.id} and working.status is OrderStatus.FILLED:
        yield from _activate(state, order_list, working, now_ms)
    elif ended:
        is_working_over = working is not None and working.id in ended
        reason = CloseReason.WORKING_ENDED if is_working_over else CloseReason.SIBLING_STARTED
        yield from end_list(state, order_list, OrderStatus.EXPIRED, reason, now_ms)
    elif working is not None and order_list.kind.pays:
        received = _received(state, order_list, working)
        if received != order_list.hold:
            after = replace(order_list, hold=received, updated_ms=now_ms)
            yield list_changed(state, order_list, after)


def _follow_pair(
    state: ExchangeState, order_list: OrderList, moved: Mapping[int, Order], now_ms: int
) -> ListEvents:
    """The pair is decided once one of its orders has started; the other one goes."""
    started = [order_id for order_id in order_list.pair_ids if _has_started(moved.get(order_id))]
    if not started:
        return
    for order_id in order_list.pair_ids:
        other = state.orders.get(order_id)
        if other is not None and order_id not in started:
            yield close(state, other, OrderStatus.EXPIRED, CloseReason.SIBLING_STARTED, now_ms)
    yield list_done(state, order_list, now_ms)


def _has_started(order: Order | None) -> bool:
    return order is not None and (
        order.status.is_terminal
        or bool(order.filled or order.prevented)
        or (order.trigger is not None and order.is_working)
    )


def _activate(
    state: ExchangeState, order_list: OrderList, working: Order, now_ms: int
) -> ListEvents:
    """Place the orders that waited, or end them where that is not possible."""
    market = state.markets[order_list.symbol]
    waiting = [state.orders[order_id] for order_id in order_list.waiting_ids]
    received = _received(state, order_list, working) if order_list.kind.pays else None
    commands = [as_command(market.instrument, order, received) for order in waiting]
    prepared = _prepare(state, market, order_list, working, commands, now_ms)
    if isinstance(prepared, Rejected):
        yield from end_list(
            state,
            order_list,
            OrderStatus.EXPIRED,
            CloseReason.REFUSED,
            now_ms,
            refusal=prepared.reason,
        )
        return
    after = replace(
        order_list,
        hold=ZERO,
        activated_ms=now_ms,
        updated_ms=now_ms,
        status_type=ListStatusType.STARTED,
    )
    yield list_changed(state, order_list, after)
    for order, terms in zip(waiting, prepared, strict=True):
        yield _activated(state, market, order, terms, now_ms)
    user = state.users[order_list.account_id]
    for order, terms in zip(waiting, prepared, strict=True):
        if order.trigger is None:
            placed = state.orders[order.id]
            yield from carry_out(state, market, user, placed, terms.arrival, now_ms)


def _prepare(
    state: ExchangeState,
    market: Market,
    order_list: OrderList,
    working: Order,
    commands: list[PlaceOrder],
    now_ms: int,
) -> Rejected | tuple[Prepared, ...]:
    for command in commands:
        refusal = check_market(market, command, now_ms) or check_expiry(command, now_ms)
        if refusal is not None:
            return refusal
    prepared: Rejected | tuple[Prepared, ...]
    if len(commands) == 2:
        prepared = prepare_pair(state, market, commands[0], commands[1], now_ms)
    else:
        single = prepare_later(state, market, commands[0], now_ms)
        prepared = single if isinstance(single, Rejected) else (single,)
    if isinstance(prepared, Rejected):
        return prepared
    asset = held_asset(state.orders[order_list.waiting_ids[0]].side, market.instrument)
    free = state.ledger.available(working.account_id, asset) + order_list.hold
    return filters.check_funds(asset, prepared[0].required, free) or prepared


def _activated(
    state: ExchangeState, market: Market, order: Order, terms: Prepared, now_ms: int
) -> OrderActivated:
    after = order.moved_to(
        OrderStatus.OPEN,
        quantity=terms.quantity,
        price=terms.command.price,
        hold=terms.hold,
        shown=terms.command.iceberg_quantity,
        updated_ms=now_ms,
        working_ms=now_ms,
        rank=state.counters.rank + 1,
    )
    if order.trigger is not None:
        after = conditional(after, terms.command, market.reference.price, now_ms)
    asset, seq = held_asset(order.side, market.instrument), state.counters.ledger_seq + 1
    return OrderActivated(after, hold_entry(after, asset, after.hold, seq=seq, time_ms=now_ms))


def _received(state: ExchangeState, order_list: OrderList, working: Order) -> Decimal:
    """What the working order has brought for the others, in base. Its fee comes out of what else
    the account has free, if that is enough and the asset is not the one that fees are paid in;
    see the venue's faqs/opo.md."""
    base = state.markets[order_list.symbol].instrument.base
    free = state.ledger.available(order_list.account_id, base) + order_list.hold
    discount = state.rules.discount
    is_fee_asset = discount is not None and base == discount.asset
    is_covered = free >= working.filled and not is_fee_asset
    return working.filled if is_covered else working.filled - working.fee


def as_command(instrument: Instrument, order: Order, received: Decimal | None) -> PlaceOrder:
    """What would place the order now. One that is paid for gets what was received, as far as the
    instrument's grid and limits allow."""
    quantity = order.quantity
    if received is not None:
        largest = instrument.max_quantity
        if order.type is OrderType.MARKET and instrument.market_max_quantity is not None:
            largest = min(largest, instrument.market_max_quantity)
        quantity = floor_to(min(received, largest), instrument.step_size)
    return PlaceOrder(
        order.account_id,
        order.symbol,
        order.side,
        order.type,
        quantity,
        None,
        None if order.peg_basis else order.price,
        order.time_in_force,
        order.post_only,
        order.client_order_id,
        order.expires_ms,
        order.self_trade_prevention,
        is_retry_safe=False,
        trigger=order.trigger,
        trigger_price=order.trigger_price,
        trailing_delta=order.trailing_delta,
        iceberg_quantity=order.iceberg_quantity,
        peg=order.peg,
    )
