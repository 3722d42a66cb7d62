"""Deciding on changes of an open order's quantity, price and client order id."""

from collections.abc import Iterator

from msgspec.structs import replace

from hypersim.market.instrument import TradingStatus
from hypersim.market.number import ONE, ZERO, ceil_to, plain
from hypersim.trading import filters
from hypersim.trading.allowance import check_position
from hypersim.trading.arriving import arrival_cost, resting_hold
from hypersim.trading.changing import find_open
from hypersim.trading.charging import with_fees
from hypersim.trading.commands import AmendOrder
from hypersim.trading.events import OrderAmended, OrderEvent, OrderListChanged
from hypersim.trading.execution import execute
from hypersim.trading.market import Market
from hypersim.trading.matching import plan_rest
from hypersim.trading.order import Order, OrderStatus, Side
from hypersim.trading.order_list import ListStatusType, OrderList
from hypersim.trading.plans import NO_ARRIVAL, Plan
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.room import check_room
from hypersim.trading.settlement import held_asset, hold_entry, hold_for
from hypersim.trading.state import ExchangeState

AmendEvents = Iterator[OrderEvent | OrderListChanged]


def decide_amend(state: ExchangeState, command: AmendOrder, now_ms: int) -> Rejected | AmendEvents:
    """The order changes in place, and trades if its new price reaches the other side."""
    order = find_open(state, command.account_id, command.order)
    if isinstance(order, Rejected):
        return order
    market = state.markets[order.symbol]
    amended = _amended(state, order, command, now_ms)
    refusal = (
        _check_wish(order, amended, command)
        or _check_amend(market, order, amended, now_ms)
        or _check_amendments(market, order, command)
        or _check_new_id(state, order, amended)
        or _check_more(state, market, order, amended)
    )
    if refusal is not None:
        return refusal
    order_list = None if order.list_id is None else state.lists.get(order.list_id)
    shrinks = amended.price == order.price and amended.quantity < order.quantity
    if shrinks or order_list or not order.is_working or order.iceberg_quantity is not None:
        return _decide_shrink(state, order_list, order, amended)
    is_repriced = amended.price != order.price
    arrival = NO_ARRIVAL
    if is_repriced:
        arrival = plan_rest(amended, market, state.rules.fills)
    if amended.post_only and not arrival.meets_nothing:
        return Rejected(
            Rejection.WOULD_TAKE_LIQUIDITY, "The amended post-only order would trade on arrival"
        )
    user = state.users[order.account_id]
    hold = resting_hold(market, user, amended, amended.remaining, arrival)
    required = hold + arrival_cost(market, user, order.side, arrival)
    amended = replace(amended, hold=hold)
    asset = held_asset(order.side, market.instrument)
    # What the order holds already counts towards what the amended one needs.
    free = state.ledger.available(order.account_id, asset) + order.hold
    if refusal := filters.check_funds(asset, required, free):
        return refusal
    most = max(arrival.notional, amended.remaining * (amended.price or ZERO))
    if refusal := check_room(state, market, order.side, amended.remaining, most):
        return refusal
    return _events(state, market, order, amended, arrival, now_ms)


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
        client_order_id=command.client_order_id or order.client_order_id,
        amendments=order.amendments + 1,
    )


def _check_amend(market: Market, before: Order, after: Order, now_ms: int) -> Rejected | None:
    instrument = market.instrument
    if instrument.status is not TradingStatus.TRADING:
        return Rejected(Rejection.MARKET_HALTED, f"Trading in {instrument.symbol} is halted")
    if after.remaining <= 0:
        done = before.filled + before.prevented
        return Rejected(
            Rejection.QUANTITY_BELOW_FILLED,
            f"Amount {plain(after.quantity)} is not above what is filled: {plain(done)}",
        )
    if after.price is None:
        return filters.check_quantity(instrument, after.type, after.quantity)
    reference = market.reference.average(now_ms) if after.price != before.price else None
    return (
        filters.check_quantity(instrument, after.type, after.quantity)
        or filters.check_price(instrument, after.side, after.price, reference)
        or filters.check_notional(instrument, after.price * after.quantity)
    )


def _check_wish(before: Order, after: Order, command: AmendOrder) -> Rejected | None:
    """Whether such a change can be asked for at all."""
    if not before.quantity:
        return Rejected(
            Rejection.QUANTITY_NOT_KNOWN_YET,
            f"The amount of order {before.id} is what another order brings",
        )
    if (after.price, after.quantity) == (before.price, before.quantity):
        return Rejected(Rejection.NOTHING_TO_AMEND, "The new price and amount are the old ones")
    if command.keeps_place and after.rank != before.rank:
        return _only_less(before)
    return None


def _only_less(order: Order) -> Rejected:
    return Rejected(
        Rejection.AMEND_NOT_POSSIBLE, f"Of order {order.id} only the amount can change, and fall"
    )


def _check_amendments(market: Market, order: Order, command: AmendOrder) -> Rejected | None:
    most = market.instrument.order_amends_max
    if not command.keeps_place or order.amendments < most:
        return None
    return Rejected(
        Rejection.TOO_MANY_AMENDMENTS,
        f"Order {order.id} was amended {order.amendments} times, and {most} is the most allowed",
        {"max": str(most)},
    )


def _check_more(
    state: ExchangeState, market: Market, before: Order, after: Order
) -> Rejected | None:
    """What an order may have only if its account may: more than before."""
    if after.side is Side.BUY and after.quantity > before.quantity:
        more = after.quantity - before.quantity
        if refusal := check_position(state, market, after.account_id, more):
            return refusal
    notional = after.quantity * (after.price or ZERO)
    return filters.check_assets(market.asset_limits, market.instrument, after.quantity, notional)


def _check_new_id(state: ExchangeState, before: Order, after: Order) -> Rejected | None:
    if after.client_order_id is None or after.client_order_id == before.client_order_id:
        return None
    use = state.client_order_ids.find(after.account_id, after.symbol, after.client_order_id)
    if use is None or not use.is_open:
        return None
    return Rejected(
        Rejection.DUPLICATE_CLIENT_ORDER_ID,
        f"Client order id {after.client_order_id!r} is that of order {use.order_id}",
        {"orderId": str(use.order_id)},
    )


def _events(
    state: ExchangeState,
    market: Market,
    before: Order,
    amended: Order,
    arrival: Plan,
    now_ms: int,
) -> AmendEvents:
    yield _change(state, before, amended)
    yield from execute(state, market, state.users[before.account_id], amended, arrival, now_ms)


def _change(state: ExchangeState, before: Order, amended: Order) -> OrderAmended:
    entry = hold_entry(
        amended,
        held_asset(amended.side, state.markets[amended.symbol].instrument),
        amended.hold - before.hold,
        seq=state.counters.ledger_seq + 1,
        time_ms=amended.updated_ms,
    )
    return OrderAmended(amended, entry, before)


def _decide_shrink(
    state: ExchangeState, order_list: OrderList | None, order: Order, amended: Order
) -> Rejected | AmendEvents:
    """An order that waits, shows in parts or belongs to others may only become smaller."""
    if amended.price != order.price or amended.quantity > order.quantity:
        return _only_less(order)
    return _shrink(state, order_list, order, amended)


def _shrink(
    state: ExchangeState, order_list: OrderList | None, order: Order, amended: Order
) -> AmendEvents:
    yield _change(state, order, _shrunk(state, order, amended))
    if order_list is None:
        return
    if order.id in order_list.pair_ids:
        for sibling_id in order_list.pair_ids:
            if sibling_id != order.id:
                yield _shrink_sibling(state, state.orders[sibling_id], amended)
    if amended.client_order_id != order.client_order_id:
        now_ms = amended.updated_ms
        yield OrderListChanged(
            replace(order_list, status_type=ListStatusType.UPDATED, updated_ms=now_ms)
        )


def _shrink_sibling(state: ExchangeState, sibling: Order, amended: Order) -> OrderAmended:
    after = replace(
        sibling,
        quantity=amended.quantity,
        updated_ms=amended.updated_ms,
        amendments=sibling.amendments + 1,
    )
    return _change(state, sibling, _shrunk(state, sibling, after))


def _shrunk(state: ExchangeState, before: Order, after: Order) -> Order:
    """What the order locks is in proportion to what is left of it: one in the book exactly, one
    that waits rounded up, so that it never has too little. It never locks more than before."""
    market, hold = state.markets[before.symbol], ZERO
    instrument = market.instrument
    if before.is_resting and before.price is not None:
        rest = hold_for(instrument, before.side, before.price, after.remaining)
        needed = with_fees(market, state.users[before.account_id], before.side, rest)
        hold = min(before.hold, needed)
    elif before.status is not OrderStatus.NEW:
        share = before.hold * after.remaining / before.remaining
        is_buy = before.side is Side.BUY
        places = instrument.quote_places if is_buy else instrument.base_places
        hold = min(before.hold, ceil_to(share, ONE.scaleb(-places)))
    part, shown = after.iceberg_quantity, after.shown
    if part is not None and shown is not None:
        shown = min(shown, after.remaining)
        part = min(part, after.quantity)
    return replace(after, hold=hold, iceberg_quantity=part, shown=shown)
