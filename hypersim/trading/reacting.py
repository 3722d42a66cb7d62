"""Deciding on a market event: which resting orders the reference market reaches."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.events import (
    CandleClosed,
    CandleGrew,
    DepthUpdated,
    FeedStalled,
    Level,
    MinutesPassed,
    PricePassed,
    PrintsBefore,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.instrument import TradingStatus
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import MarketMoved, OrderEvent
from hypersim.trading.execution import fill
from hypersim.trading.market import Market
from hypersim.trading.order import Liquidity, Order
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState


def decide_market_event(
    state: ExchangeState, command: ApplyMarketEvent, now_ms: int
) -> Rejected | Iterator[MarketMoved | OrderEvent]:
    """The event itself, then the fills that it causes."""
    event = command.event
    market = state.markets.get(event.symbol)
    if market is None:
        return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {event.symbol!r}")
    if not command.meets_orders:
        return iter((MarketMoved(event, meets_orders=False),))
    match event:
        case QuoteUpdated() | DepthUpdated() | PricePassed() | MinutesPassed():
            return _moved_and_filled(state, market, MarketMoved(event), now_ms)
        case TradePrinted() | CandleClosed() | CandleGrew() | PrintsBefore():
            return iter((MarketMoved(event),))
        case StatisticsUpdated() | FeedStalled():
            return iter((MarketMoved(event),))


def taken_in(state: ExchangeState, moved: MarketMoved) -> Market:
    """The market, after what the feed said of it."""
    event = moved.event
    market = state.markets[event.symbol]
    market.reference.apply(event)
    if not moved.meets_orders:
        for order, _, taken in _reached(state, market):
            market.reference.eat(order.side, market.pool_of(order.account_id), taken)
    return market


def _moved_and_filled(
    state: ExchangeState, market: Market, moved: MarketMoved, now_ms: int
) -> Iterator[MarketMoved | OrderEvent]:
    yield moved
    if market.instrument.status is TradingStatus.TRADING:
        yield from fill_reached(state, market, now_ms)


def fill_reached(state: ExchangeState, market: Market, now_ms: int) -> Iterator[OrderEvent]:
    """Fill the resting orders that the reference market reaches: bids, then asks, each from the
    best price and the oldest on."""
    for order, quantity, taken in _reached(state, market):
        assert order.price is not None, order
        yield fill(
            state,
            market,
            state.users[order.account_id],
            order,
            trade_id=state.counters.trade_id + 1,
            price=order.price,
            quantity=quantity,
            liquidity=Liquidity.MAKER,
            now_ms=now_ms,
            taken=taken,
        )


def _reached(
    state: ExchangeState, market: Market
) -> Iterator[tuple[Order, Decimal, tuple[Level, ...]]]:
    """Each resting order that is reached, how much of it, and what that takes. The next one is
    looked for after whatever was made of it."""
    reference, fills = market.reference, state.rules.fills
    for side in (market.everyone.bids, market.everyone.asks):
        offer = reference.best_for(side.side)
        if offer is None or not side:
            continue
        # Listed before the first fill, as fills change the book.
        for order in list(side.reached_by(offer)):
            able = market.fillable(order) if market.stalls else order
            quantity, taken = fills.reaches(reference, able, market.pool_of(order.account_id))
            if quantity:
                yield order, quantity, taken
