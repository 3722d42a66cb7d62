"""Deciding on a market event: which resting orders the reference market reaches."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    FeedStalled,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.trading.book import BookSide
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import MarketMoved, OrderEvent
from hypersim.trading.execution import fill
from hypersim.trading.order import Liquidity, Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState, Market


def decide_market_event(
    state: ExchangeState, command: ApplyMarketEvent, now_ms: int
) -> Rejected | Iterator[MarketMoved | OrderEvent]:
    """The event itself, then the fills that it causes."""
    event = command.event
    market = state.markets.get(event.symbol)
    if market is None:
        return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {event.symbol!r}")
    match event:
        case QuoteUpdated() | DepthUpdated():
            return _moved_and_filled(state, market, MarketMoved(event), now_ms)
        case TradePrinted() | CandleClosed() | StatisticsUpdated() | FeedStalled():
            return iter((MarketMoved(event),))


def _moved_and_filled(
    state: ExchangeState, market: Market, moved: MarketMoved, now_ms: int
) -> Iterator[MarketMoved | OrderEvent]:
    yield moved
    for pool_id, book in market.books.items():
        for side in (book.bids, book.asks):
            if side:
                yield from _fill_reached(state, market, pool_id, side, now_ms)


def _fill_reached(
    state: ExchangeState, market: Market, pool_id: int, side: BookSide, now_ms: int
) -> Iterator[OrderEvent]:
    """Best price first, then the oldest, as far as the reference market reaches."""
    reference, fills = market.reference, state.rules.fills
    best = side.best_price()
    if best is None or not _is_reached(side.side, best, reference.best_for(side.side)):
        return
    for order in list(side.by_priority()):
        assert order.price is not None
        if not _is_reached(side.side, order.price, reference.best_for(side.side)):
            return
        quantity, taken = fills.reaches(reference, order, pool_id)
        if not quantity:
            return
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


def _is_reached(side: Side, price: Decimal, offer: Decimal | None) -> bool:
    if offer is None:
        return False
    return offer <= price if side is Side.BUY else offer >= price
