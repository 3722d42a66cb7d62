"""The streams of trades: each one, and what one order traded at one price."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Market, Missed, Payload
from hypersim.market.tape import AggregateTrade, PublicTrade

T = TypeVar("T")


class TradeSource:
    """<symbol>@trade"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._last_id = market.data.last_trade_id

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        trades = newer(self._market.data.tape.trades, self._last_id, lambda trade: trade.id)
        if trades:
            self._last_id = trades[-1].id
        return [self._payload(trade, now_ms) for trade in trades]

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        return ()

    def _payload(self, trade: PublicTrade, now_ms: int) -> Payload:
        market = self._market

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "trade",
                "E": now_ms * unit,
                "s": market.id,
                "t": trade.id,
                "p": market.price(trade.price),
                "q": market.quantity(trade.quantity),
                "T": trade.time_ms * unit,
                "m": trade.buyer_is_maker,
                "M": True,
            }

        return payload


class AggregateTradeSource:
    """<symbol>@aggTrade"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._last_id = market.data.last_trade_id

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. All that an order trades on arrival is committed at once, so none of these
        still grows."""
        trades = newer(self._market.data.tape.aggregates, self._last_id, lambda one: one.last_id)
        if trades:
            self._last_id = trades[-1].last_id
        return [self._payload(trade, now_ms) for trade in trades]

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        return ()

    def _payload(self, trade: AggregateTrade, now_ms: int) -> Payload:
        market = self._market

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "aggTrade",
                "E": now_ms * unit,
                "s": market.id,
                "a": trade.id,
                "p": market.price(trade.price),
                "q": market.quantity(trade.quantity),
                "f": trade.first_id,
                "l": trade.last_id,
                "T": trade.time_ms * unit,
                "m": trade.buyer_is_maker,
                "M": True,
            }

        return payload


def newer(trades: deque[T], last_id: int, id_of: Callable[[T], int]) -> list[T]:
    """Those with a higher id than `last_id`, oldest first. Raises `Missed` when some of them may
    have been forgotten."""
    found: list[T] = []
    for trade in reversed(trades):
        if id_of(trade) <= last_id:
            break
        found.append(trade)
    else:
        if len(trades) == trades.maxlen:
            raise Missed
    found.reverse()
    return found
