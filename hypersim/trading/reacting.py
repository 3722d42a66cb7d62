"""Deciding on a market event: which resting orders the reference market reaches."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.events import (
    CandleClosed,
    CandleGrew,
    DepthUpdated,
    FeedStalled,
    PricePassed,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.instrument import TradingStatus
from hypersim.trading.book import BookSide
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import MarketMoved, OrderEvent
from hypersim.trading.execution import fill
from hypersim.trading.market import Market
from hypersim.trading.order import Liquidity
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
    match event:
        case QuoteUpdated() | DepthUpdated() | PricePassed():
            return _moved_and_filled(state, market, MarketMoved(event), now_ms)
        case TradePrinted() | CandleClosed() | CandleGrew() | StatisticsUpdated() | FeedStalled():
            return iter((MarketMoved(event),))


def _moved_and_filled(
    state: ExchangeState, market: Market, moved: MarketMoved, now_ms: int
) -> Iterator[MarketMoved | OrderEvent]:
    yield moved
    if market.instrument.status is not TradingStatus.HALTED:
        yield from fill_reached(state, market, now_ms)


def fill_reached(state: ExchangeState, market: Market, now_ms: int) -> Iterator[OrderEvent]:
    """Fill the resting orders that the reference market reaches: bids, then asks, each from the
    best price and the oldest on."""
    for side in (market.everyone.bids, market.everyone.asks):
        offer = market.reference.best_for(side.side)
        if offer is not None and side:
            yield from _fill_side(state, market, side, offer, now_ms)


def _fill_side(
    state: ExchangeState, market: Market, side: BookSide, offer: Decimal, now_ms: int
) -> Iterator[OrderEvent]:
    reference, fills = market.reference, state.rules.fills
    # Listed before the first fill, as fills change the book.
    for order in list(side.reached_by(offer)):
        assert order.price is not None, order
        quantity, taken = fills.reaches(reference, order, market.pool_of(order.account_id))
        if not quantity:
            continue
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
