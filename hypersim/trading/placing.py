"""Deciding on a new order: check everything, then yield what happens to it."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.account.user import User
from hypersim.market.instrument import Instrument
from hypersim.market.number import ONE, floor_to
from hypersim.trading import filters
from hypersim.trading.allowance import check_allowance
from hypersim.trading.arriving import carry_out, needs_of, new_order, prepare
from hypersim.trading.checks import (
    NO_ACCOUNT,
    check_client_order_id,
    check_order,
    check_terms,
    fingerprint_of,
    unknown_symbol,
)
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderAccepted, OrderEvent
from hypersim.trading.market import Market
from hypersim.trading.matching import up_to
from hypersim.trading.order import Order
from hypersim.trading.pegging import priced
from hypersim.trading.plans import Prepared
from hypersim.trading.rejections import Rejected
from hypersim.trading.settlement import held_asset, hold_entry
from hypersim.trading.state import ExchangeState


def decide_place(
    state: ExchangeState, command: PlaceOrder, now_ms: int, share: Decimal = ONE
) -> Rejected | Iterator[OrderEvent]:
    """Accepted with its fills, or refused; a repeated retry-safe request yields nothing new and
    names the first order. No more than this `share` of it finds somebody to trade with now."""
    admitted = admit(state, command, now_ms)
    if isinstance(admitted, Rejected):
        return admitted
    user, market, fingerprint = admitted
    if command.peg is not None:
        pegged = check_pegged(market, command, now_ms)
        if isinstance(pegged, Rejected):
            return pegged
        command = pegged
    prepared = prepare(state, market, command)
    if isinstance(prepared, Rejected):
        return prepared
    if share != ONE and prepared.arrival.steps:
        prepared = _limited(market, user, prepared, share)
    if refusal := check_funds(state, market.instrument, command, prepared.required):
        return refusal
    order = new_order(state, market, prepared, now_ms, fingerprint=fingerprint)
    return _events(state, market, user, order, prepared, now_ms)


def _limited(market: Market, user: User, prepared: Prepared, share: Decimal) -> Prepared:
    command, quantity = prepared.command, prepared.quantity
    most = floor_to(quantity * share, market.instrument.step_size)
    arrival = up_to(prepared.arrival, most, market.instrument)
    hold, required = needs_of(market, user, command, quantity, arrival)
    return Prepared(command, arrival, quantity, hold, required)


def admit(
    state: ExchangeState, command: PlaceOrder, now_ms: int
) -> Rejected | tuple[User, Market, int | None]:
    """(whose order it is, where it goes, its fingerprint) of an order of which nothing is known yet
    but what it asks for."""
    user = state.users.get(command.account_id)
    if user is None:
        return NO_ACCOUNT
    market = state.markets_by_spelling.get(command.symbol)
    if market is None:
        return unknown_symbol(command.symbol)
    fingerprint = None
    if command.client_order_id is not None:
        symbol = market.instrument.symbol
        fingerprint = fingerprint_of(command, symbol)
        if refusal := check_client_order_id(state, symbol, command, fingerprint):
            return refusal
    refusal = check_order(market, command, now_ms) or check_allowance(state, market, (command,))
    return (user, market, fingerprint) if refusal is None else refusal


def check_pegged(market: Market, command: PlaceOrder, now_ms: int) -> PlaceOrder | Rejected:
    """A pegged order with the price that it gets now, which is checked like any other."""
    pegged = priced(market, command)
    return pegged if isinstance(pegged, Rejected) else check_terms(market, pegged, now_ms) or pegged


def check_funds(
    state: ExchangeState, instrument: Instrument, command: PlaceOrder, required: Decimal
) -> Rejected | None:
    """Whether the account has what the order needs."""
    asset = held_asset(command.side, instrument)
    free = state.ledger.available(command.account_id, asset)
    return filters.check_funds(asset, required, free)


def accept(state: ExchangeState, market: Market, order: Order, now_ms: int) -> OrderAccepted:
    """The order enters, with its hold."""
    asset, seq = held_asset(order.side, market.instrument), state.counters.ledger_seq + 1
    return OrderAccepted(order, hold_entry(order, asset, order.hold, seq=seq, time_ms=now_ms))


def _events(
    state: ExchangeState,
    market: Market,
    user: User,
    order: Order,
    prepared: Prepared,
    now_ms: int,
) -> Iterator[OrderEvent]:
    yield accept(state, market, order, now_ms)
    if order.trigger is None:
        yield from carry_out(state, market, user, order, prepared.arrival, now_ms)
