"""Turning planned matches into events: fills of both sides, self-trade expiries, closings."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.account.user import User
from hypersim.market.events import Level
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.events import CloseReason, OrderClosed, OrderEvent, OrderFilled
from hypersim.trading.matching import Match, Plan
from hypersim.trading.order import Fill, Liquidity, Order, OrderStatus, Side
from hypersim.trading.settlement import fill_entry, held_asset, hold_entry
from hypersim.trading.state import ExchangeState, Market


def execute(
    state: ExchangeState, market: Market, user: User, order: Order, arrival: Plan, now_ms: int
) -> Iterator[OrderEvent]:
    """Carry out what was planned for an order that has just been accepted or amended."""
    for step in arrival.steps:
        if not isinstance(step, Match):
            maker = state.orders[step.maker.id]
            yield close(state, maker, OrderStatus.EXPIRED, CloseReason.SELF_TRADE, now_ms)
            continue
        trade_id = state.counters.trade_id + 1
        order = state.orders[order.id]
        taken: tuple[Level, ...] = () if step.maker else ((step.price, step.quantity),)
        yield fill(
            state,
            market,
            user,
            order,
            trade_id=trade_id,
            price=step.price,
            quantity=step.quantity,
            liquidity=Liquidity.TAKER,
            now_ms=now_ms,
            taken=taken,
            counter_order_id=step.maker.id if step.maker else None,
        )
        if step.maker is not None:
            maker = state.orders[step.maker.id]
            yield fill(
                state,
                market,
                state.users[maker.account_id],
                maker,
                trade_id=trade_id,
                price=step.price,
                quantity=step.quantity,
                liquidity=Liquidity.MAKER,
                now_ms=now_ms,
                counter_order_id=order.id,
            )


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
) -> OrderFilled:
    """One half of a trade, with the order that it leaves behind."""
    instrument = market.instrument
    rate = fee_rate(user, instrument, liquidity)
    fee, fee_asset = state.rules.fees.fee(
        instrument, order.side, price=price, quantity=quantity, rate=rate
    )
    half = Fill(
        trade_id,
        order.id,
        order.account_id,
        order.symbol,
        order.side,
        price,
        quantity,
        fee,
        fee_asset,
        rate,
        liquidity,
        now_ms,
        order.client_order_id,
        counter_order_id,
    )
    is_held = liquidity is Liquidity.MAKER
    entry = fill_entry(half, instrument, is_held=is_held, seq=state.counters.ledger_seq + 1)
    return OrderFilled(_after(order, half, is_held=is_held), half, entry, taken)


def close(
    state: ExchangeState, order: Order, status: OrderStatus, reason: CloseReason, now_ms: int
) -> OrderClosed:
    """The end of an open order; what it held is released."""
    instrument = state.markets[order.symbol].instrument
    entry = hold_entry(
        order,
        held_asset(order, instrument),
        -order.hold,
        seq=state.counters.ledger_seq + 1,
        time_ms=now_ms,
    )
    ended = order.moved_to(status, hold=ZERO, updated_ms=now_ms)
    return OrderClosed(ended, reason, entry)


def fee_rate(user: User, instrument: Instrument, liquidity: Liquidity) -> Decimal:
    """The account's own rate, else the instrument's."""
    rates = user.fee_rates
    if liquidity is Liquidity.MAKER:
        return rates.maker if rates else instrument.maker_fee_rate
    return rates.taker if rates else instrument.taker_fee_rate


def _after(order: Order, half: Fill, *, is_held: bool) -> Order:
    filled, notional = order.filled + half.quantity, half.notional
    assert filled <= order.quantity, (order, half)
    hold = order.hold
    if is_held:
        hold -= notional if order.side is Side.BUY else half.quantity
    is_done = filled == order.quantity
    assert hold >= 0 and not (is_done and hold), (order, half)
    return order.moved_to(
        OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED,
        filled=filled,
        notional=order.notional + notional,
        fee=order.fee + half.fee,
        hold=hold,
        updated_ms=half.time_ms,
        last_fill_ms=half.time_ms,
    )
