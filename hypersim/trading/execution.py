"""Turning planned matches into events: fills of both sides, prevented self-trades, closings."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.account.user import User
from hypersim.market.events import Level
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.charging import charge, fee_rate, with_fees
from hypersim.trading.events import OrderClosed, OrderDecremented, OrderEvent, OrderFilled
from hypersim.trading.market import Market
from hypersim.trading.order import (
    BUY,
    TRANSITIONS,
    CloseReason,
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    PreventedMatch,
)
from hypersim.trading.plans import Match, Plan, SelfTrade
from hypersim.trading.rejections import Rejection
from hypersim.trading.settlement import (
    fill_entry,
    held_asset,
    hold_entry,
    hold_for,
    received_asset,
)
from hypersim.trading.state import ExchangeState
from hypersim.trading.traded import Fee, Traded

_MAKER = Liquidity.MAKER
_TAKER = Liquidity.TAKER
_FILLED = OrderStatus.FILLED
_PARTLY = OrderStatus.PARTIALLY_FILLED


def execute(
    state: ExchangeState, market: Market, user: User, order: Order, arrival: Plan, now_ms: int
) -> Iterator[OrderEvent]:
    """Carry out what was planned for an order that has just been accepted, amended or triggered."""
    unpaid = unpaid_of(state, market, order, arrival)
    for step in arrival.steps:
        # An order by cost may be filled before it comes to the last of its own account's orders.
        order = state.orders.get(order.id, order)
        if not isinstance(step, Match):
            yield from _prevent(state, order, step, now_ms)
            continue
        taking = take(state, market, user, order, step, unpaid, now_ms)
        if unpaid:
            unpaid -= hold_for(market.instrument, order.side, step.price, step.quantity)
        yield taking
        if step.maker is not None:
            maker = state.orders[step.maker.id]
            yield fill(
                state,
                market,
                state.users[maker.account_id],
                maker,
                trade_id=taking.fill.id,
                price=step.price,
                quantity=step.quantity,
                liquidity=_MAKER,
                now_ms=now_ms,
                counter_order_id=order.id,
            )


def take(
    state: ExchangeState,
    market: Market,
    user: User,
    order: Order,
    step: Match,
    unpaid: Decimal,
    now_ms: int,
) -> OrderFilled:
    """The arriving order's half of a match. `unpaid`: see `unpaid_of`, before this match."""
    maker, price, quantity = step.maker, step.price, step.quantity
    reserved = ZERO
    if unpaid:
        cost = hold_for(market.instrument, order.side, price, quantity)
        reserved = cost + with_fees(market, user, order.side, unpaid - cost)
    return fill(
        state,
        market,
        user,
        order,
        trade_id=state.counters.trade_id + 1,
        price=price,
        quantity=quantity,
        liquidity=_TAKER,
        now_ms=now_ms,
        taken=((price, quantity),) if maker is None else (),
        counter_order_id=None if maker is None else maker.id,
        reserved=reserved,
    )


def unpaid_of(state: ExchangeState, market: Market, order: Order, arrival: Plan) -> Decimal:
    """What the order will pay in the asset that may also pay its fees, which a fee must leave."""
    discount, instrument = state.rules.discount, market.instrument
    if discount is None or held_asset(order.side, instrument) != discount.asset:
        return ZERO
    return arrival.notional if order.side is BUY else arrival.quantity


def fill(
    state: ExchangeState,
    market: Market,
    user: User,
    order: Order,
    *,
    trade_id: int,
    price: Decimal,
    quantity: Decimal,
    liquidity: Liquidity,
    now_ms: int,
    taken: tuple[Level, ...] = (),
    counter_order_id: int | None = None,
    reserved: Decimal = ZERO,
) -> OrderFilled:
    """One half of a trade, with the order that it leaves behind. `reserved`: see `Traded`."""
    instrument = market.instrument
    is_held = liquidity is _MAKER
    rest, spare = _held(instrument, order, price, quantity) if is_held else (ZERO, ZERO)
    worth = instrument.notional(price, quantity)
    traded = Traded(order.side, quantity, worth, reserved, spare)
    fee = charge(state, user, market, traded, fee_rate(user, instrument, liquidity))
    half = Fill(
        trade_id,
        order.id,
        order.account_id,
        order.symbol,
        order.side,
        price,
        quantity,
        worth,
        fee.amount,
        fee.asset,
        fee.rate,
        liquidity,
        now_ms,
        order.client_order_id,
        counter_order_id,
    )
    hold = _hold_left(market, user, order, rest, spare, fee) if is_held else order.hold
    after = _after(order, half, instrument, hold)
    released = rest + spare - hold if is_held else ZERO
    entry = fill_entry(
        half, instrument, is_held=is_held, released=released, seq=state.counters.ledger_seq + 1
    )
    if after.shown is not None:
        after = _refilled(after, half, is_held=is_held, next_rank=state.counters.rank + 1)
    return OrderFilled(after, half, entry, taken)


def close(
    state: ExchangeState,
    order: Order,
    status: OrderStatus,
    reason: CloseReason,
    now_ms: int,
    *,
    refusal: Rejection | None = None,
    cancel_id: str | None = None,
) -> OrderClosed:
    """The end of an open order; what it held is released."""
    instrument = state.markets[order.symbol].instrument
    entry = hold_entry(
        order,
        held_asset(order.side, instrument),
        -order.hold,
        seq=state.counters.ledger_seq + 1,
        time_ms=now_ms,
    )
    assert status in TRANSITIONS[order.status], (order, status)
    ended = replace(order, status=status, hold=ZERO, updated_ms=now_ms, close_reason=reason)
    return OrderClosed(ended, reason, entry, refusal=refusal, cancel_id=cancel_id)


def _prevent(
    state: ExchangeState, taker: Order, step: SelfTrade, now_ms: int
) -> Iterator[OrderEvent]:
    """Take off both orders what they do not trade with each other, the resting one first."""
    market = state.markets[taker.symbol]
    match = PreventedMatch(
        state.counters.prevented_match_id + 1,
        taker.account_id,
        taker.symbol,
        taker.id,
        step.maker.id,
        taker.self_trade_prevention,
        step.price,
        step.quantity,
        step.taker_quantity,
        step.maker_quantity,
        now_ms,
    )
    if step.maker_quantity is not None:
        maker = state.orders[step.maker.id]
        left = maker.remaining - step.maker_quantity
        rest = hold_for(market.instrument, maker.side, step.price, left)
        needed = with_fees(market, state.users[maker.account_id], maker.side, rest)
        held = maker.hold - min(maker.hold, needed)
        yield _decremented(state, maker, match, step.maker_quantity, held)
    if step.taker_quantity is not None:
        # It holds only what will rest, which this never was a part of.
        yield _decremented(state, taker, match, step.taker_quantity, ZERO)


def _decremented(
    state: ExchangeState, order: Order, match: PreventedMatch, quantity: Decimal, held: Decimal
) -> OrderDecremented | OrderClosed:
    after = replace(
        order,
        hold=order.hold - held,
        prevented=order.prevented + quantity,
        prevented_match_id=match.id,
        updated_ms=match.time_ms,
    )
    if not after.remaining:
        closed = close(
            state,
            replace(after, hold=order.hold),
            OrderStatus.EXPIRED,
            CloseReason.SELF_TRADE,
            match.time_ms,
        )
        return replace(closed, match=match)
    if after.shown is not None:
        after = replace(after, shown=min(after.shown, after.remaining))
    asset = held_asset(order.side, state.markets[order.symbol].instrument)
    entry = hold_entry(
        order, asset, -held, seq=state.counters.ledger_seq + 1, time_ms=match.time_ms
    )
    return OrderDecremented(after, match, entry)


def _refilled(order: Order, half: Fill, *, is_held: bool, next_rank: int) -> Order:
    """An iceberg order after a fill. A resting one shows its next part when one is used up, and
    stands at the end of its level with it."""
    part, shown = order.iceberg_quantity, order.shown
    assert part is not None and shown is not None, order
    left = order.remaining
    if not is_held:
        return replace(order, shown=min(part, left))
    if half.quantity < shown:
        return replace(order, shown=shown - half.quantity)
    next_part = part - (half.quantity - shown) % part
    return replace(order, shown=min(next_part, left), rank=next_rank if left else order.rank)


def _held(
    instrument: Instrument, order: Order, price: Decimal, quantity: Decimal
) -> tuple[Decimal, Decimal]:
    """(what the rest of a resting order will cost after this fill, what else its hold has then)"""
    assert order.price is not None, order
    rest = hold_for(instrument, order.side, order.price, order.remaining - quantity)
    spare = order.hold - hold_for(instrument, order.side, price, quantity) - rest
    assert spare >= 0, (order, price, quantity)
    return rest, spare


def _hold_left(
    market: Market, user: User, order: Order, rest: Decimal, spare: Decimal, fee: Fee
) -> Decimal:
    """What a resting order holds after a fill: what the rest of it needs, as far as this fill's fee
    leaves so much, and always what that costs."""
    if fee.asset == held_asset(order.side, market.instrument):
        spare -= fee.amount
    return max(rest, min(rest + spare, with_fees(market, user, order.side, rest)))


def _after(order: Order, half: Fill, instrument: Instrument, hold: Decimal) -> Order:
    """The order after the fill, with what it holds then."""
    filled, notional = order.filled + half.quantity, half.notional
    left = order.remaining - half.quantity
    assert left >= 0, (order, half)
    is_done = not left
    assert not (is_done and hold), (order, half)
    status = _FILLED if is_done else _PARTLY
    assert status in TRANSITIONS[order.status], (order, half)
    is_from_received = half.fee_asset == received_asset(order.side, instrument)
    return replace(
        order,
        status=status,
        filled=filled,
        notional=order.notional + notional,
        fee=order.fee + half.fee if is_from_received else order.fee,
        hold=hold,
        updated_ms=half.time_ms,
        last_fill_ms=half.time_ms,
    )
