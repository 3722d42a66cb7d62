"""Deciding on a new order: check everything, then yield what happens to it."""

from collections.abc import Iterator
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from hypersim.account.user import User
from hypersim.market.instrument import TradingStatus
from hypersim.market.number import ZERO
from hypersim.trading import filters
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import CloseReason, OrderAccepted, OrderEvent
from hypersim.trading.execution import close, execute
from hypersim.trading.matching import Plan, plan, taker_of
from hypersim.trading.order import Order, OrderStatus, OrderType, Side, TimeInForce
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.settlement import held_asset, hold_entry, hold_for
from hypersim.trading.state import ExchangeState, Market

_NEVER_RESTS = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def decide_place(
    state: ExchangeState, command: PlaceOrder, now_ms: int
) -> Rejected | Iterator[OrderEvent]:
    """Accepted with its fills, or refused; a repeated retry-safe request yields nothing new and
    names the first order."""
    user = state.users.get(command.account_id)
    if user is None:
        return Rejected(Rejection.UNKNOWN_ACCOUNT, "This account does not exist")
    market = state.market(command.symbol)
    if market is None:
        return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {command.symbol[:40]!r}")
    fingerprint = fingerprint_of(command, market.instrument.symbol)
    if refusal := _check_client_order_id(state, command, fingerprint):
        return refusal
    if refusal := _check_market(market, command, now_ms) or _check_limits(state, market, command):
        return refusal
    pool_id = state.pool_of(command.account_id)
    arrival = plan(
        taker_of(command, market.instrument.step_size),
        book=market.book(pool_id),
        reference=market.reference,
        fills=state.rules.fills,
        pool_id=pool_id,
    )
    if command.post_only and not arrival.meets_nothing:
        return Rejected(
            Rejection.WOULD_TAKE_LIQUIDITY, "The post-only order would trade on arrival"
        )
    order = _order(state, market, command, arrival, fingerprint, now_ms)
    if isinstance(order, Rejected):
        return order
    if refusal := _check_funds(state, market, order, arrival):
        return refusal
    return _events(state, market, user, order, arrival, now_ms)


def fingerprint_of(command: PlaceOrder, symbol: str) -> int | None:
    """63 bits that identify a retry-safe request, however it spelled the symbol and the numbers."""
    if command.client_order_id is None or not command.is_retry_safe:
        return None
    numbers = {
        name: number.normalize()
        for name in ("quantity", "quote_quantity", "price")
        if (number := getattr(command, name)) is not None
    }
    canonical = msgspec.json.encode(replace(command, symbol=symbol, **numbers))
    digest = blake2b(canonical, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _check_client_order_id(
    state: ExchangeState, command: PlaceOrder, fingerprint: int | None
) -> Rejected | None:
    if command.client_order_id is None:
        return None
    use = state.client_order_ids.find(command.account_id, command.client_order_id)
    if use is None or not (use.is_open or command.is_retry_safe):
        return None
    is_repeated = fingerprint is not None and use.fingerprint == fingerprint
    return Rejected(
        Rejection.DUPLICATE_CLIENT_ORDER_ID,
        f"Client order id {command.client_order_id!r} was used for order {use.order_id}",
        {"orderId": str(use.order_id)},
        order_id=use.order_id if is_repeated else None,
    )


def _check_market(market: Market, command: PlaceOrder, now_ms: int) -> Rejected | None:
    symbol = market.instrument.symbol
    if market.instrument.status is TradingStatus.HALTED:
        return Rejected(Rejection.MARKET_HALTED, f"Trading in {symbol} is halted")
    if command.expires_ms is not None and command.expires_ms <= now_ms:
        return Rejected(
            Rejection.EXPIRY_IN_THE_PAST,
            f"Expiry {command.expires_ms} is not after the exchange's time {now_ms}",
        )
    if command.type is not OrderType.MARKET:
        return None
    if market.reference.is_stale or market.reference.price is None:
        return Rejected(
            Rejection.MARKET_DATA_STALE,
            f"There is no fresh price for {symbol}: only limit orders are taken",
        )
    return None


def _check_limits(state: ExchangeState, market: Market, command: PlaceOrder) -> Rejected | None:
    instrument, reference = market.instrument, market.reference
    if command.quantity is not None:
        refusal = filters.check_quantity(instrument, command.type, command.quantity)
        if refusal is not None:
            return refusal
    price = command.price
    if price is not None:
        refusal = filters.check_price(instrument, command.side, price, reference.price)
        if refusal is not None:
            return refusal
    else:
        price = reference.best_for(command.side) or reference.price or ZERO
    notional = command.quote_quantity if command.quantity is None else price * command.quantity
    assert notional is not None, command
    if refusal := filters.check_notional(instrument, notional):
        return refusal
    return _check_open_orders(state, market, command)


def _check_open_orders(
    state: ExchangeState, market: Market, command: PlaceOrder
) -> Rejected | None:
    if command.type is OrderType.MARKET or command.time_in_force in _NEVER_RESTS:
        return None
    symbol, most = market.instrument.symbol, market.instrument.open_orders_max
    if state.count_open(command.account_id, symbol) < most:
        return None
    return Rejected(
        Rejection.TOO_MANY_OPEN_ORDERS,
        f"There are {most} open orders in {symbol} already, the most allowed",
        {"max": str(most)},
    )


def _order(
    state: ExchangeState,
    market: Market,
    command: PlaceOrder,
    arrival: Plan,
    fingerprint: int | None,
    now_ms: int,
) -> Order | Rejected:
    """The order as it will be accepted; an order by cost gets the quantity that its cost buys."""
    quantity = command.quantity if command.quantity is not None else arrival.quantity
    if command.quantity is None:
        refusal = filters.check_quantity(market.instrument, command.type, quantity)
        if refusal is not None:
            return refusal
    remaining = quantity - arrival.quantity
    will_rest = (
        remaining > 0
        and command.price is not None
        and command.time_in_force not in _NEVER_RESTS
        and not arrival.is_stopped
    )
    return Order(
        id=state.counters.order_id + 1,
        account_id=command.account_id,
        symbol=market.instrument.symbol,
        side=command.side,
        type=command.type,
        time_in_force=command.time_in_force,
        quantity=quantity,
        price=command.price,
        created_ms=now_ms,
        updated_ms=now_ms,
        rank=state.counters.rank + 1,
        status=OrderStatus.OPEN,
        hold=hold_for(command.side, command.price, remaining)
        if will_rest and command.price is not None
        else ZERO,
        quote_quantity=command.quote_quantity,
        post_only=command.post_only,
        client_order_id=command.client_order_id,
        expires_ms=command.expires_ms if command.time_in_force is TimeInForce.GTD else None,
        self_trade_prevention=command.self_trade_prevention,
        fingerprint=fingerprint,
    )


def _check_funds(
    state: ExchangeState, market: Market, order: Order, arrival: Plan
) -> Rejected | None:
    asset = held_asset(order, market.instrument)
    required = order.hold + (arrival.notional if order.side is Side.BUY else arrival.quantity)
    if order.price is not None:
        # As real exchanges do: a limit order must be covered in full at its limit, even if it
        # would trade better or never rest.
        required = max(required, hold_for(order.side, order.price, order.quantity))
    elif order.side is Side.SELL:
        required = max(required, order.quantity)
    return filters.check_funds(asset, required, state.ledger.available(order.account_id, asset))


def _events(
    state: ExchangeState, market: Market, user: User, order: Order, arrival: Plan, now_ms: int
) -> Iterator[OrderEvent]:
    """From here on nothing can be refused."""
    asset = held_asset(order, market.instrument)
    seq = state.counters.ledger_seq + 1
    yield OrderAccepted(order, hold_entry(order, asset, order.hold, seq=seq, time_ms=now_ms))
    is_unfillable = order.time_in_force is TimeInForce.FOK and arrival.quantity < order.quantity
    if not is_unfillable:
        yield from execute(state, market, user, order, arrival, now_ms)
    left = state.orders.get(order.id)
    if left is not None and not _rests(left, arrival):
        reason = CloseReason.SELF_TRADE if arrival.is_stopped else CloseReason.TIME_IN_FORCE
        yield close(state, left, OrderStatus.EXPIRED, reason, now_ms)


def _rests(order: Order, arrival: Plan) -> bool:
    return (
        order.price is not None
        and order.time_in_force not in _NEVER_RESTS
        and not arrival.is_stopped
    )
