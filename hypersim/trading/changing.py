"""Deciding on open orders: cancel, cancel all, amend, expire."""

from collections.abc import Iterator

from msgspec.structs import replace

from hypersim.market.instrument import TradingStatus
from hypersim.market.number import ZERO, plain
from hypersim.trading import filters
from hypersim.trading.commands import AmendOrder, CancelAllOrders, CancelOrder
from hypersim.trading.events import CloseReason, OrderAmended, OrderEvent
from hypersim.trading.execution import close, execute
from hypersim.trading.matching import Plan, Taker, plan
from hypersim.trading.order import Order, OrderStatus, Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.settlement import held_asset, hold_entry, hold_for
from hypersim.trading.state import ExchangeState, Market

_NO_ARRIVAL = Plan((), ZERO, ZERO)


def decide_cancel(
    state: ExchangeState, command: CancelOrder, now_ms: int
) -> Rejected | Iterator[OrderEvent]:
    """The order ends, or the refusal says why it cannot."""
    order = find_open(state, command.account_id, command.order_id)
    if isinstance(order, Rejected):
        return order
    return iter((close(state, order, OrderStatus.CANCELED, CloseReason.BY_USER, now_ms),))


def decide_cancel_all(
    state: ExchangeState, command: CancelAllOrders, now_ms: int
) -> Rejected | Iterator[OrderEvent]:
    """Every open order of the account ends, oldest first."""
    symbol = None
    if command.symbol is not None:
        market = state.market(command.symbol)
        if market is None:
            return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {command.symbol[:40]!r}")
        symbol = market.instrument.symbol
    orders = [
        order
        for order in state.open_orders(command.account_id).values()
        if symbol is None or order.symbol == symbol
    ]
    return (
        close(state, order, OrderStatus.CANCELED, CloseReason.BY_USER, now_ms) for order in orders
    )


def expire_due(state: ExchangeState, now_ms: int) -> Iterator[OrderEvent]:
    """Orders whose date has passed end at their date, whenever that is noticed."""
    for time_ms, order_id in state.deadlines.due(now_ms):
        order = state.orders[order_id]
        yield close(state, order, OrderStatus.EXPIRED, CloseReason.EXPIRY, time_ms)


def decide_amend(
    state: ExchangeState, command: AmendOrder, now_ms: int
) -> Rejected | Iterator[OrderEvent]:
    """The order changes in place, and trades if its new price reaches the other side."""
    order = find_open(state, command.account_id, command.order_id)
    if isinstance(order, Rejected):
        return order
    market = state.markets[order.symbol]
    amended = _amended(state, order, command, now_ms)
    if refusal := _check_amend(market, order, amended):
        return refusal
    is_repriced = amended.price != order.price
    arrival = _arrival(state, market, amended) if is_repriced else _NO_ARRIVAL
    if amended.post_only and not arrival.meets_nothing:
        return Rejected(
            Rejection.WOULD_TAKE_LIQUIDITY, "The amended post-only order would trade on arrival"
        )
    assert amended.price is not None
    rests = amended.remaining - arrival.quantity
    hold = ZERO if arrival.is_stopped else hold_for(order.side, amended.price, rests)
    amended = replace(amended, hold=hold)
    asset = held_asset(order, market.instrument)
    paid = arrival.notional if order.side is Side.BUY else arrival.quantity
    # What the order holds already counts towards what the amended one needs.
    free = state.ledger.available(order.account_id, asset) + order.hold
    if refusal := filters.check_funds(asset, hold + paid, free):
        return refusal
    return _amend_events(state, market, order, amended, arrival, now_ms)


def find_open(state: ExchangeState, account_id: int, order_id: int) -> Order | Rejected:
    """The account's open order, or what became of it. Another account's order does not exist."""
    order = state.orders.get(order_id)
    if order is not None and order.account_id == account_id:
        return order
    ended = state.recent.get(order_id)
    if ended is None or ended.account_id != account_id:
        return Rejected(Rejection.ORDER_NOT_FOUND, f"Order {order_id} does not exist")
    if ended.status is OrderStatus.FILLED:
        return Rejected(Rejection.ORDER_ALREADY_FILLED, f"Order {order_id} is filled already")
    return Rejected(
        Rejection.ORDER_ALREADY_CANCELED, f"Order {order_id} is {ended.status.value} already"
    )


def _amended(state: ExchangeState, order: Order, command: AmendOrder, now_ms: int) -> Order:
    price = order.price if command.price is None else command.price
    quantity = order.quantity if command.quantity is None else command.quantity
    keeps_place = price == order.price and quantity <= order.quantity
    return replace(
        order,
        price=price,
        quantity=quantity,
        updated_ms=now_ms,
        rank=order.rank if keeps_place else state.counters.rank + 1,
    )


def _check_amend(market: Market, before: Order, after: Order) -> Rejected | None:
    instrument = market.instrument
    if instrument.status is TradingStatus.HALTED:
        return Rejected(Rejection.MARKET_HALTED, f"Trading in {instrument.symbol} is halted")
    if (after.price, after.quantity) == (before.price, before.quantity):
        return Rejected(Rejection.NOTHING_TO_AMEND, "The new price and amount are the old ones")
    if after.quantity <= before.filled:
        return Rejected(
            Rejection.QUANTITY_BELOW_FILLED,
            f"Amount {plain(after.quantity)} is not above what is filled: {plain(before.filled)}",
        )
    assert after.price is not None
    reference = market.reference.price if after.price != before.price else None
    return (
        filters.check_quantity(instrument, after.type, after.quantity)
        or filters.check_price(instrument, after.side, after.price, reference)
        or filters.check_notional(instrument, after.price * after.quantity)
    )


def _arrival(state: ExchangeState, market: Market, order: Order) -> Plan:
    pool_id = state.pool_of(order.account_id)
    taker = Taker(
        order.account_id,
        order.side,
        order.price,
        order.remaining,
        None,
        market.instrument.step_size,
        order.self_trade_prevention,
    )
    return plan(
        taker,
        book=market.book(pool_id),
        reference=market.reference,
        fills=state.rules.fills,
        pool_id=pool_id,
    )


def _amend_events(
    state: ExchangeState,
    market: Market,
    before: Order,
    amended: Order,
    arrival: Plan,
    now_ms: int,
) -> Iterator[OrderEvent]:
    entry = hold_entry(
        amended,
        held_asset(amended, market.instrument),
        amended.hold - before.hold,
        seq=state.counters.ledger_seq + 1,
        time_ms=now_ms,
    )
    yield OrderAmended(amended, entry, before)
    yield from execute(state, market, state.users[before.account_id], amended, arrival, now_ms)
    left = state.orders.get(before.id)
    if left is not None and arrival.is_stopped:
        yield close(state, left, OrderStatus.EXPIRED, CloseReason.SELF_TRADE, now_ms)
