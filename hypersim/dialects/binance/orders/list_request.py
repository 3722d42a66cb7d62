"""A new order list as a request describes it."""

from collections.abc import Iterable
from decimal import Decimal

from hypersim.dialects.binance.errors import orders as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.errors.parameters import invalid_order_type
from hypersim.dialects.binance.orders.names import SHARED_NAMES, Names, leg_names
from hypersim.dialects.binance.orders.request import (
    Amount,
    Shared,
    Terms,
    command,
    read_client_order_id,
    read_kind,
    read_quantity,
    read_shared,
    read_side,
    read_strategy_type,
    read_terms,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.words import KINDS, Kind
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.commands import PlaceOrder, PlaceOrderList
from hypersim.trading.order import Side, Trigger
from hypersim.trading.order_list import ListKind

LIMIT_MAKER = KINDS["LIMIT_MAKER"]

ABOVE, BELOW = leg_names("above"), leg_names("below")
WORKING, PENDING = leg_names("working"), leg_names("pending")
PENDING_ABOVE, PENDING_BELOW = leg_names("pendingAbove"), leg_names("pendingBelow")
OLD_STOP = Names(
    price="stopLimitPrice",
    time_in_force="stopLimitTimeInForce",
    iceberg="stopIcebergQty",
    client_order_id="stopClientOrderId",
    strategy_id="stopStrategyId",
    strategy_type="stopStrategyType",
)
"""The stop leg of the old request for a pair."""


_ALL = f"symbol listClientOrderId {SHARED_NAMES}"
_OLD_LIMIT = "limitClientOrderId price limitIcebergQty limitStrategyId limitStrategyType"
_STARTED = f"{WORKING.all} workingSide workingQuantity pendingSide"

OLD_OCO_NAMES = f"{_ALL} side quantity {_OLD_LIMIT} {OLD_STOP.all.removeprefix(OLD_STOP.kind)}"
OCO_NAMES = f"{_ALL} side quantity {ABOVE.all} {BELOW.all}"
_OPO_NAMES = f"{_ALL} {_STARTED} {PENDING.all}"
_OPOCO_NAMES = f"{_ALL} {_STARTED} {PENDING_ABOVE.all} {PENDING_BELOW.all}"
AFTER_NAMES = {
    ListKind.OTO: f"{_OPO_NAMES} pendingQuantity",
    ListKind.OTOCO: f"{_OPOCO_NAMES} pendingQuantity",
    ListKind.OPO: _OPO_NAMES,
    ListKind.OPOCO: _OPOCO_NAMES,
}
"""The parameters of each kind of list."""

Pair = tuple[Terms, Terms]
"""The legs of a pair, the stop-loss first, as Binance lists them."""


def read_oco(params: Params, account_id: int, instrument: Instrument) -> PlaceOrderList:
    """A pair of orders above and below the market. Raises `BinanceError`."""
    side = read_side(params)
    quantity = read_quantity(params, instrument)
    pair = _read_pair(params, instrument, side, ABOVE, BELOW)
    shared = read_shared(params, account_id, instrument)
    return _list(params, shared, ListKind.OCO, _commands(shared, side, pair, quantity))


def read_old_oco(params: Params, account_id: int, instrument: Instrument) -> PlaceOrderList:
    """The same as clients asked for it before: a limit order and a stop. Raises `BinanceError`."""
    side = read_side(params)
    quantity = read_quantity(params, instrument)
    limit = Terms(
        LIMIT_MAKER,
        read_client_order_id(params, "limitClientOrderId"),
        None,
        params.need_positive("price", instrument.quote_places),
        iceberg=params.decimal("limitIcebergQty", instrument.base_places) or None,
        strategy_id=params.integer("limitStrategyId"),
        strategy_type=read_strategy_type(params, "limitStrategyType"),
    )
    has_limit = "stopLimitPrice" in params
    if has_limit and "stopLimitTimeInForce" not in params:
        raise errors.lone_stop_limit_price()
    kind = KINDS["STOP_LOSS_LIMIT" if has_limit else "STOP_LOSS"]
    stop = read_terms(params, OLD_STOP, instrument, kind)
    shared = read_shared(params, account_id, instrument)
    orders = _commands(shared, side, (stop, limit), quantity)
    return _list(params, shared, ListKind.OCO, orders)


def read_oto(
    params: Params, account_id: int, instrument: Instrument, kind: ListKind
) -> PlaceOrderList:
    """A working order and what its fill places: another one (OTO, OPO) or a pair (OTOCO, OPOCO).
    Raises `BinanceError`."""
    shared = read_shared(params, account_id, instrument)
    working = _read_working(params, shared)
    side = read_side(params, "pendingSide")
    # Where the working order pays, what it buys is the quantity.
    quantity = ZERO if kind.pays else read_quantity(params, instrument, "pendingQuantity")
    legs: tuple[Terms, ...]
    if kind.size > 2:
        legs = _read_pair(params, instrument, side, PENDING_ABOVE, PENDING_BELOW)
    else:
        legs = (read_terms(params, PENDING, instrument, read_kind(params, PENDING.kind)),)
    pending = _commands(shared, side, legs, quantity)
    if kind.pays and working.side is not Side.BUY:
        raise errors.payer_must_buy()
    if kind.pays and side is not Side.SELL:
        raise errors.paid_must_sell()
    return _list(params, shared, kind, (working, *pending))


def _commands(
    shared: Shared, side: Side, legs: Iterable[Terms], quantity: Decimal
) -> tuple[PlaceOrder, ...]:
    return tuple(command(shared, side, terms, Amount(quantity)) for terms in legs)


def _list(
    params: Params, shared: Shared, kind: ListKind, orders: tuple[PlaceOrder, ...]
) -> PlaceOrderList:
    name = read_client_order_id(params, "listClientOrderId")
    return PlaceOrderList(shared.account_id, shared.instrument.symbol, kind, orders, name)


def _read_working(params: Params, shared: Shared) -> PlaceOrder:
    kind = read_kind(params, WORKING.kind)
    if not kind.is_limit or kind.trigger is not None:
        raise invalid_order_type()
    side = read_side(params, "workingSide")
    quantity = read_quantity(params, shared.instrument, "workingQuantity")
    terms = read_terms(params, WORKING, shared.instrument, kind)
    return command(shared, side, terms, Amount(quantity))


def _read_pair(
    params: Params, instrument: Instrument, side: Side, above_names: Names, below_names: Names
) -> Pair:
    above_kind, below_kind = (read_kind(params, names.kind) for names in (above_names, below_names))
    if error := _misplaced(side, above_kind, below_kind):
        raise error
    above = read_terms(params, above_names, instrument, above_kind)
    below = read_terms(params, below_names, instrument, below_kind)
    return (above, below) if side is Side.BUY else (below, above)


def _misplaced(side: Side, above: Kind, below: Kind) -> BinanceError | None:
    """Why these two make no pair. A stop-loss stands where the price goes against the account:
    above for a buy, below for a sell; the other leg stands on the other side."""
    if any(kind.trigger is None and not kind.post_only for kind in (above, below)):
        return errors.wrong_leg_type()
    if above.post_only and below.post_only:
        return errors.both_legs_limit()
    if side is Side.BUY:
        if above.post_only:
            return errors.buy_limit_not_below()
        if above.trigger is Trigger.TAKE_PROFIT:
            return errors.buy_profit_not_below()
        return errors.buy_stop_not_above() if below.trigger is Trigger.STOP_LOSS else None
    if below.post_only:
        return errors.sell_limit_not_above()
    if below.trigger is Trigger.TAKE_PROFIT:
        return errors.sell_profit_not_above()
    return errors.sell_stop_not_below() if above.trigger is Trigger.STOP_LOSS else None
