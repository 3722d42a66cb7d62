"""From what happened to an order to the report of it: pure translation."""

from typing import Any, assert_never

from msgspec import UNSET

from hypersim.dialects.binance.numbers import ZEROS, asset_digits, fixed, fixed_or_zero
from hypersim.dialects.binance.user_data.events import (
    NO_LIST,
    NO_ORDER,
    NO_TRADE_GROUP,
    NOTHING,
    ExecutionReport,
)
from hypersim.dialects.binance.user_data.formats import Stamp, SymbolFormat
from hypersim.dialects.binance.words import (
    PEG_OFFSET_TYPE,
    PEG_WORDS,
    PREVENTION_WORDS,
    SIDE_WORDS,
    TIME_IN_FORCE_WORDS,
    client_order_id,
    expiry_word,
    status_word,
    type_word,
)
from hypersim.market.number import ZERO
from hypersim.trading.events import (
    HalfRefused,
    OrderAccepted,
    OrderActivated,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderTriggered,
)
from hypersim.trading.order import Fill, Liquidity, Order, OrderStatus, PreventedMatch
from hypersim.trading.rejections import Rejection

REJECT_REASONS: dict[Rejection, str] = {
    Rejection.INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCES",
    Rejection.TRIGGERS_IMMEDIATELY: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    Rejection.WOULD_TAKE_LIQUIDITY: "WOULD_MATCH_IMMEDIATELY",
    Rejection.PAIR_PRICES_CROSSED: "OCO_BAD_PRICES",
}
"""What `r` says; Binance has no word for the others."""

OrderNews = (
    OrderAccepted
    | OrderActivated
    | OrderTriggered
    | OrderFilled
    | OrderDecremented
    | OrderAmended
    | OrderClosed
)
"""What happens to orders, but for what Binance does not tell: that a trailing price moved."""


def execution_report(
    event: OrderNews,
    fmt: SymbolFormat,
    execution_id: int,
    stamp: Stamp,
) -> ExecutionReport:
    """What the account is told about its order."""
    fields = _order_fields(event.order, fmt, execution_id, stamp)
    fields |= _news(event, fmt)
    return ExecutionReport(**fields)


def refusal_report(
    event: HalfRefused, fmt: SymbolFormat, execution_id: int, stamp: Stamp
) -> ExecutionReport:
    """What the account is told of an order that was to take another one's place, and could not."""
    place = event.placement
    assert place is not None
    never = Order(
        id=NO_ORDER,
        account_id=place.account_id,
        symbol=place.symbol,
        side=place.side,
        type=place.type,
        time_in_force=place.time_in_force,
        quantity=ZERO if place.quantity is None else place.quantity,
        price=place.price,
        created_ms=stamp.now_ms,
        updated_ms=stamp.now_ms,
        rank=0,
        status=OrderStatus.REJECTED,
        quote_quantity=place.quote_quantity,
        post_only=place.post_only,
        client_order_id=place.client_order_id,
        self_trade_prevention=place.self_trade_prevention,
        trigger=place.trigger,
        trigger_price=place.trigger_price,
        trailing_delta=place.trailing_delta,
        iceberg_quantity=place.iceberg_quantity,
        strategy_id=place.strategy_id,
        strategy_type=place.strategy_type,
        peg_basis=place.peg.basis if place.peg else None,
        peg_offset=place.peg.offset if place.peg else 0,
        peg_limit=place.peg.limit if place.peg else None,
    )
    fields = _order_fields(never, fmt, execution_id, stamp)
    fields["execution"] = "REJECTED"
    fields["reject_reason"] = reject_reason(event.rejected.reason)
    return ExecutionReport(**fields)


def reject_reason(refusal: Rejection | None) -> str:
    """What `r` says."""
    return NOTHING if refusal is None else REJECT_REASONS.get(refusal, NOTHING)


def _order_fields(
    order: Order, fmt: SymbolFormat, execution_id: int, stamp: Stamp
) -> dict[str, Any]:
    """The order as it stands."""
    price_places, places, quote_places = fmt.digits
    fields: dict[str, Any] = {
        "time": stamp.now,
        "symbol": fmt.symbol,
        "client_order_id": client_order_id(order),
        "side": SIDE_WORDS[order.side],
        "type": type_word(order),
        "time_in_force": TIME_IN_FORCE_WORDS[order.time_in_force],
        "quantity": fixed(order.quantity, places),
        "price": fixed_or_zero(order.price, price_places),
        "trigger_price": fixed_or_zero(order.trigger_price, price_places),
        "iceberg_quantity": fixed_or_zero(order.iceberg_quantity, places),
        "list_id": NO_LIST if order.list_id is None else order.list_id,
        "status": status_word(order),
        "order_id": order.id,
        "last_quantity": ZEROS[places],
        "filled": fixed(order.filled, places),
        "last_price": ZEROS[price_places],
        "last_notional": ZEROS[quote_places],
        "transaction_time": stamp.time(order.updated_ms),
        "execution_id": execution_id,
        "is_working": order.is_working and not order.status.is_terminal,
        "created": stamp.time(order.created_ms),
        "notional": fixed(order.notional, quote_places),
        "quote_quantity": fixed_or_zero(order.quote_quantity, quote_places),
        "prevention": PREVENTION_WORDS[order.self_trade_prevention],
    }
    fields |= _conditional(order, places, stamp)
    if order.peg_basis is not None:
        fields |= _peg(order, price_places)
    return fields


def _news(event: OrderNews, fmt: SymbolFormat) -> dict[str, Any]:
    """What an event says beyond the order as it stands."""
    match event:
        case OrderAccepted() | OrderActivated() | OrderTriggered():
            return {"execution": "NEW"}
        case OrderFilled(fill=fill):
            return _trade(fill, fmt)
        case OrderDecremented(order=order, match=match):
            return _prevention(order, match, fmt)
        case OrderAmended(previous=previous):
            return {
                "execution": "REPLACED",
                "original_client_order_id": client_order_id(previous),
            }
        case OrderClosed(order=order, match=match) if match is not None:
            return _prevention(order, match, fmt)
        case OrderClosed():
            return _end(event)
        case _:
            assert_never(event)


def _trade(fill: Fill, fmt: SymbolFormat) -> dict[str, Any]:
    price_places, places, quote_places = fmt.digits
    return {
        "execution": "TRADE",
        "last_quantity": fixed(fill.quantity, places),
        "last_price": fixed(fill.price, price_places),
        "fee": fixed(fill.fee, asset_digits(fmt.instrument, fill.fee_asset)),
        "fee_asset": fill.fee_asset,
        "trade_id": fill.id,
        "is_maker": fill.liquidity is Liquidity.MAKER,
        "ignored": True,
        "last_notional": fixed(fill.notional, quote_places),
    }


def _end(event: OrderClosed) -> dict[str, Any]:
    order = event.order
    if order.status is OrderStatus.CANCELED:
        own = client_order_id(order)
        return {
            "execution": "CANCELED",
            "client_order_id": event.cancel_id or own,
            "original_client_order_id": own,
        }
    return {
        "execution": "EXPIRED",
        "reject_reason": reject_reason(event.refusal),
        "expiry_reason": expiry_word(order) or UNSET,
    }


def _prevention(order: Order, match: PreventedMatch, fmt: SymbolFormat) -> dict[str, Any]:
    price_places, places, quote_places = fmt.digits
    is_taker = match.taker_order_id == order.id
    last = match.taker_quantity if is_taker else match.maker_quantity
    return {
        "execution": "TRADE_PREVENTION",
        "prevented_match_id": match.id,
        "trade_group_id": NO_TRADE_GROUP,
        "counter_order_id": match.maker_order_id if is_taker else match.taker_order_id,
        "last_prevented": fixed_or_zero(last, places),
        "counter_symbol": fmt.symbol,
        "prevented_quantity": fixed(match.quantity, places),
        "prevented_price": fixed(match.price, price_places),
        "prevented_notional": fixed(match.quantity * match.price, quote_places),
    }


def _peg(order: Order, price_places: int) -> dict[str, Any]:
    assert order.peg_basis is not None
    fields: dict[str, Any] = {
        "price": fixed_or_zero(order.peg_limit, price_places),
        "peg_price_type": PEG_WORDS[order.peg_basis],
    }
    if order.peg_offset:
        fields |= {"peg_offset_type": PEG_OFFSET_TYPE, "peg_offset_value": order.peg_offset}
    if order.is_working:
        fields["pegged_price"] = fixed_or_zero(order.price, price_places)
    return fields


def _conditional(order: Order, places: int, stamp: Stamp) -> dict[str, Any]:
    """What only some orders have."""
    fields: dict[str, Any] = {}
    if order.trailing_delta is not None:
        fields["trailing_delta"] = order.trailing_delta
    if order.trailing_ms is not None:
        fields["trailing_time"] = stamp.time(order.trailing_ms)
    if order.strategy_id is not None:
        fields["strategy_id"] = order.strategy_id
    if order.strategy_type is not None:
        fields["strategy_type"] = order.strategy_type
    if order.working_ms is not None:
        fields["working_time"] = stamp.time(order.working_ms)
    if order.prevented:
        fields["prevented"] = fixed(order.prevented, places)
    return fields
