"""From what happened to an order to the report of it: pure translation."""

from typing import assert_never

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
from hypersim.trading.order import (
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    PegBasis,
    PreventedMatch,
)
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
    report = _standing(event.order, fmt, execution_id, stamp)
    _add_news(report, event, fmt)
    return report


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
    report = _standing(never, fmt, execution_id, stamp)
    report.execution = "REJECTED"
    report.reject_reason = reject_reason(event.rejected.reason)
    return report


def reject_reason(refusal: Rejection | None) -> str:
    """What `r` says."""
    return NOTHING if refusal is None else REJECT_REASONS.get(refusal, NOTHING)


def _standing(order: Order, fmt: SymbolFormat, execution_id: int, stamp: Stamp) -> ExecutionReport:
    """The order as it stands."""
    price_places, places, quote_places = fmt.digits
    unit = stamp.unit
    is_working = order.working_ms is not None
    report = ExecutionReport(
        time=stamp.now_ms * unit,
        symbol=fmt.symbol,
        client_order_id=client_order_id(order),
        side=SIDE_WORDS[order.side],
        type=type_word(order),
        time_in_force=TIME_IN_FORCE_WORDS[order.time_in_force],
        quantity=fixed(order.quantity, places),
        price=fixed_or_zero(order.price, price_places),
        trigger_price=fixed_or_zero(order.trigger_price, price_places),
        iceberg_quantity=fixed_or_zero(order.iceberg_quantity, places),
        list_id=NO_LIST if order.list_id is None else order.list_id,
        status=status_word(order),
        order_id=order.id,
        last_quantity=ZEROS[places],
        filled=fixed(order.filled, places),
        last_price=ZEROS[price_places],
        transaction_time=order.updated_ms * unit,
        execution_id=execution_id,
        is_working=is_working and not order.status.is_terminal,
        created=order.created_ms * unit,
        notional=fixed(order.notional, quote_places),
        last_notional=ZEROS[quote_places],
        quote_quantity=fixed_or_zero(order.quote_quantity, quote_places),
        working_time=order.working_ms * unit if order.working_ms is not None else UNSET,
        prevention=PREVENTION_WORDS[order.self_trade_prevention],
        prevented=fixed(order.prevented, places) if order.prevented else UNSET,
    )
    if order.trailing_delta is not None:
        report.trailing_delta = order.trailing_delta
    if order.trailing_ms is not None:
        report.trailing_time = order.trailing_ms * unit
    if order.strategy_id is not None:
        report.strategy_id = order.strategy_id
    if order.strategy_type is not None:
        report.strategy_type = order.strategy_type
    if order.peg_basis is not None:
        _add_peg(report, order.peg_basis, order, price_places)
    return report


def _add_peg(report: ExecutionReport, basis: PegBasis, order: Order, price_places: int) -> None:
    report.price = fixed_or_zero(order.peg_limit, price_places)
    report.peg_price_type = PEG_WORDS[basis]
    if order.peg_offset:
        report.peg_offset_type, report.peg_offset_value = PEG_OFFSET_TYPE, order.peg_offset
    if order.is_working:
        report.pegged_price = fixed_or_zero(order.price, price_places)


def _add_news(report: ExecutionReport, event: OrderNews, fmt: SymbolFormat) -> None:
    """What an event says beyond the order as it stands."""
    match event:
        case OrderAccepted() | OrderActivated() | OrderTriggered():
            # A report of an order that does no more than stand is that of a new one.
            pass
        case OrderFilled(fill=fill):
            _add_trade(report, fill, fmt)
        case OrderDecremented(order=order, match=match):
            _add_prevention(report, order, match, fmt)
        case OrderAmended(previous=previous):
            report.execution = "REPLACED"
            report.original_client_order_id = client_order_id(previous)
        case OrderClosed(order=order, match=match) if match is not None:
            _add_prevention(report, order, match, fmt)
        case OrderClosed():
            _add_end(report, event)
        case _:
            assert_never(event)


def _add_trade(report: ExecutionReport, fill: Fill, fmt: SymbolFormat) -> None:
    price_places, places, quote_places = fmt.digits
    report.execution = "TRADE"
    report.last_quantity = fixed(fill.quantity, places)
    report.last_price = fixed(fill.price, price_places)
    report.fee = fixed(fill.fee, asset_digits(fmt.instrument, fill.fee_asset))
    report.fee_asset = fill.fee_asset
    report.trade_id = fill.id
    report.is_maker = fill.liquidity is Liquidity.MAKER
    report.ignored = True
    report.last_notional = fixed(fill.notional, quote_places)


def _add_end(report: ExecutionReport, event: OrderClosed) -> None:
    if event.order.status is OrderStatus.CANCELED:
        own = report.client_order_id
        report.execution = "CANCELED"
        report.client_order_id, report.original_client_order_id = event.cancel_id or own, own
        return
    report.execution = "EXPIRED"
    report.reject_reason = reject_reason(event.refusal)
    report.expiry_reason = expiry_word(event.order) or UNSET


def _add_prevention(
    report: ExecutionReport, order: Order, match: PreventedMatch, fmt: SymbolFormat
) -> None:
    price_places, places, quote_places = fmt.digits
    is_taker = match.taker_order_id == order.id
    last = match.taker_quantity if is_taker else match.maker_quantity
    report.execution = "TRADE_PREVENTION"
    report.prevented_match_id = match.id
    report.trade_group_id = NO_TRADE_GROUP
    report.counter_order_id = match.maker_order_id if is_taker else match.taker_order_id
    report.last_prevented = fixed_or_zero(last, places)
    report.counter_symbol = fmt.symbol
    report.prevented_quantity = fixed(match.quantity, places)
    report.prevented_price = fixed(match.price, price_places)
    report.prevented_notional = fixed(match.quantity * match.price, quote_places)
