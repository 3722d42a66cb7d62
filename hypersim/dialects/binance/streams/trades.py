"""The streams of trades: each one, and what one order traded at one price."""

from collections.abc import Sequence
from typing import Any

from hypersim.api.streams.sources import Missed, Source
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.market.tape import AggregateTrade, N, PublicTrade, newer


class TradeSource(Source[Payload]):
    """<symbol>@trade"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._last_id = market.data.last_trade_id

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        trades = self._told(newer(self._market.data.tape.trades, self._last_id))
        return [self._payload("trade", one, now_ms, {"t": one.id}, {}) for one in trades]

    def _told(self, trades: list[N] | None) -> list[N]:
        if trades is None:
            raise Missed
        if trades:
            self._last_id = trades[-1].last_id
        return trades

    def _payload(
        self,
        event: str,
        trade: PublicTrade | AggregateTrade,
        now_ms: int,
        ids: dict[str, Any],
        parts: dict[str, Any],
    ) -> Payload:
        market = self._market

        def payload(unit: TimeUnit) -> object:
            return {
                "e": event,
                "E": now_ms * unit,
                "s": market.id,
                **ids,
                "p": market.price(trade.price),
                "q": market.quantity(trade.quantity),
                **parts,
                "T": trade.time_ms * unit,
                "m": trade.buyer_is_maker,
                "M": True,
            }

        return payload


class AggregateTradeSource(TradeSource):
    """<symbol>@aggTrade"""

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. All that an order trades on arrival is committed at once, so none of these
        still grows."""
        trades = self._told(newer(self._market.data.tape.aggregates, self._last_id))
        return [
            self._payload(
                "aggTrade", one, now_ms, {"a": one.id}, {"f": one.first_id, "l": one.last_id}
            )
            for one in trades
        ]
