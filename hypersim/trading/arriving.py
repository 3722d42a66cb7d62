"""An order on its way into the market: what it will trade with, what it has to lock and to own, and
what happens to it then.

New orders come this way, and those whose turn comes later: when they are triggered, or when the
order that they wait for is filled.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.account.user import User
from hypersim.market.number import NUMBER_END, ZERO
from hypersim.trading import filters
from hypersim.trading.allowance import check_position
from hypersim.trading.charging import with_fees
from hypersim.trading.checks import (
    NEVER_RESTS,
    check_not_fired,
    check_terms,
    conditional_hold,
)
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderEvent
from hypersim.trading.execution import close, execute
from hypersim.trading.market import Market
from hypersim.trading.matching import plan, plan_of, taker_of
from hypersim.trading.order import BUY, CloseReason, Order, OrderStatus, Peg, Side, TimeInForce
from hypersim.trading.pegging import priced
from hypersim.trading.plans import NO_ARRIVAL, Plan, Prepared
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.room import check_room
from hypersim.trading.settlement import hold_for
from hypersim.trading.state import ExchangeState

_OPEN = OrderStatus.OPEN
_FOK = TimeInForce.FOK


def prepare(state: ExchangeState, market: Market, command: PlaceOrder) -> Prepared | Rejected:
    """How the order would fare now. Its terms have been checked."""
    if command.trigger is not None:
        return _prepare_conditional(state, market, command)
    arrival = plan_of(command, market, state.rules.fills)
    quantity = command.quantity
    if quantity is None:
        # An order by cost gets the quantity that its cost buys.
        quantity = arrival.quantity + arrival.prevented
        if refusal := _check_found(state, market, command, quantity, arrival.missing):
            return refusal
    user = state.users[command.account_id]
    if refusal := check_arrival(state, market, command, quantity, arrival):
        return refusal
    hold, required = needs_of(market, user, command, quantity, arrival)
    return Prepared(command, arrival, quantity + arrival.missing, hold, required)


def check_arrival(
    state: ExchangeState, market: Market, command: PlaceOrder, quantity: Decimal, arrival: Plan
) -> Rejected | None:
    """Whether the order may trade so, and there is room in the record for the most that it can."""
    if command.post_only and not arrival.meets_nothing:
        return Rejected(
            Rejection.WOULD_TAKE_LIQUIDITY, "The post-only order would trade on arrival"
        )
    most, price = arrival.notional, command.price
    if price is not None:
        worth = price * quantity
        most = worth if worth > most else most
    return check_room(state, market, command.side, quantity, most)


def needs_of(
    market: Market, user: User, command: PlaceOrder, quantity: Decimal, arrival: Plan
) -> tuple[Decimal, Decimal]:
    """(what the order locks for the part of it that is left to rest, what its account has to have
    for all of it)"""
    side, price = command.side, command.price
    hold = ZERO if price is None else resting_hold(market, user, command, quantity, arrival)
    if hold and not arrival.steps:
        return hold, hold
    required = hold
    if arrival.steps:
        required += arrival_cost(market, user, side, arrival)
    if price is not None:
        # As real exchanges do: a limit order must be covered in full at its limit, even if it
        # would trade better or never rest. One that rests as a whole is.
        whole = hold_for(market.instrument, side, price, quantity)
        required = max(required, with_fees(market, user, side, whole))
    elif side is Side.SELL:
        required = max(required, with_fees(market, user, side, quantity))
    return hold, required


def prepare_later(
    state: ExchangeState, market: Market, command: PlaceOrder, now_ms: int
) -> Prepared | Rejected:
    """The same for an order whose turn has come, all checks included."""
    pegged = priced(market, command)
    if isinstance(pegged, Rejected):
        return pegged
    return check_terms(market, pegged, now_ms) or prepare(state, market, pegged)


def _check_found(
    state: ExchangeState,
    market: Market,
    command: PlaceOrder,
    quantity: Decimal,
    missing: Decimal,
) -> Rejected | None:
    """Whether an order by cost may have the quantity that it found, and the one that its cost would
    buy or sell if only the market had as much."""
    refusal = filters.check_quantity(market.instrument, command.type, quantity)
    if refusal is not None:
        return _check_liquidity(state, market, command) or refusal
    if quantity + missing >= NUMBER_END:
        words = f"The cost is worth 10^20 {market.instrument.base} or more"
        return Rejected(Rejection.QUANTITY_TOO_LARGE, words)
    bought = quantity if command.side is BUY else ZERO
    return filters.check_assets(
        market.asset_limits, market.instrument, quantity, ZERO
    ) or check_position(state, market, command.account_id, bought)


def _check_liquidity(state: ExchangeState, market: Market, command: PlaceOrder) -> Rejected | None:
    least = market.instrument.min_quantity
    taker = taker_of(replace(command, quantity=least, quote_quantity=None), market.instrument)
    smallest = plan(taker, market, state.rules.fills)
    return filters.check_liquidity(market.instrument, smallest.quantity + smallest.prevented)


def resting_hold(
    market: Market, user: User, order: PlaceOrder | Order, quantity: Decimal, arrival: Plan
) -> Decimal:
    """What the order locks for the part of `quantity` that is left to rest."""
    if order.price is None or order.time_in_force in NEVER_RESTS:
        return ZERO
    remaining = quantity
    if arrival.steps:
        remaining -= arrival.quantity + arrival.prevented
    rest = hold_for(market.instrument, order.side, order.price, remaining)
    return with_fees(market, user, order.side, rest)


def arrival_cost(market: Market, user: User, side: Side, arrival: Plan) -> Decimal:
    """What the order needs to have for what it trades on arrival."""
    if not arrival.steps:
        return ZERO
    paid = arrival.notional if side is BUY else arrival.quantity
    return with_fees(market, user, side, paid)


def new_order(
    state: ExchangeState,
    market: Market,
    prepared: Prepared,
    now_ms: int,
    *,
    fingerprint: int | None = None,
    place: int = 1,
    list_id: int | None = None,
) -> Order:
    """The order as it will be accepted, the `place`-th from now."""
    command = prepared.command
    order = opened(
        state,
        market,
        command,
        quantity=prepared.quantity,
        hold=prepared.hold,
        now_ms=now_ms,
        fingerprint=fingerprint,
        place=place,
    )
    if command.peg is not None:
        order = _pegged(order, command.peg)
    is_plain = command.iceberg_quantity is None and command.strategy_id is None and list_id is None
    if not is_plain or command.strategy_type is not None:
        order = replace(
            order,
            iceberg_quantity=command.iceberg_quantity,
            shown=command.iceberg_quantity,
            list_id=list_id,
            strategy_id=command.strategy_id,
            strategy_type=command.strategy_type,
        )
    if command.trigger is None:
        return order
    return conditional(order, command, market.reference.price, now_ms)


def opened(
    state: ExchangeState,
    market: Market,
    command: PlaceOrder,
    *,
    quantity: Decimal,
    hold: Decimal,
    now_ms: int,
    fingerprint: int | None,
    place: int = 1,
) -> Order:
    """The order as far as any order goes, the `place`-th from now."""
    counters = state.counters
    return Order(
        counters.order_id + place,
        command.account_id,
        market.instrument.symbol,
        command.side,
        command.type,
        command.time_in_force,
        quantity,
        command.price,
        now_ms,
        now_ms,
        counters.rank + place,
        _OPEN,
        ZERO,
        ZERO,
        ZERO,
        hold,
        command.quote_quantity,
        command.post_only,
        command.client_order_id,
        command.expires_ms,
        None,
        command.self_trade_prevention,
        fingerprint,
        now_ms,
    )


def _pegged(order: Order, peg: Peg) -> Order:
    return replace(order, peg_basis=peg.basis, peg_offset=peg.offset, peg_limit=peg.limit)


def conditional(order: Order, command: PlaceOrder, last: Decimal | None, now_ms: int) -> Order:
    """The order with what it waits for. A trailing one without a trigger price begins to trail at
    the last price, if there is one."""
    begins = command.trailing_delta is not None and command.trigger_price is None and last
    return replace(
        order,
        working_ms=None,
        trigger=command.trigger,
        trigger_price=command.trigger_price,
        trailing_delta=command.trailing_delta,
        trailing_price=last if begins else None,
        trailing_ms=now_ms if begins else None,
    )


def carry_out(
    state: ExchangeState, market: Market, user: User, order: Order, arrival: Plan, now_ms: int
) -> Iterator[OrderEvent]:
    """What the order does in the market, from which on nothing can be refused. It is accepted."""
    is_unfillable = order.time_in_force is _FOK and arrival.quantity < order.remaining
    if arrival.steps and not is_unfillable:
        yield from execute(state, market, user, order, arrival, now_ms)
    left = state.orders.get(order.id)
    if left is not None and (left.price is None or left.time_in_force in NEVER_RESTS):
        yield close(state, left, OrderStatus.EXPIRED, CloseReason.TIME_IN_FORCE, now_ms)


def _prepare_conditional(
    state: ExchangeState, market: Market, command: PlaceOrder
) -> Prepared | Rejected:
    assert command.quantity is not None, command
    last = market.reference.price
    if refusal := check_not_fired(command, last):
        return refusal
    cost = conditional_hold(market.instrument, last, command)
    hold = with_fees(market, state.users[command.account_id], command.side, cost)
    return Prepared(command, NO_ARRIVAL, command.quantity, hold, hold)
