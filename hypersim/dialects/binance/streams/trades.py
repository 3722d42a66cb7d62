"""The streams of trades: each one, and what one order traded at one price."""

from typing import Any

from hypersim.api.streams.sources import Source, TradeSource
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.market.tape import AggregateTrade, PublicTrade


def trades(market: Market) -> Source[Payload]:
    """<symbol>@trade"""

    def write(one: PublicTrade, now_ms: int) -> Payload:
        return _payload(market, "trade", one, now_ms, {"t": one.id}, {})

    return TradeSource(market.data, lambda tape: tape.trades, write)


def aggregate_trades(market: Market) -> Source[Payload]:
    """<symbol>@aggTrade"""

    def write(one: AggregateTrade, now_ms: int) -> Payload:
        parts = {"f": one.first_id, "l": one.last_id}
        return _payload(market, "aggTrade", one, now_ms, {"a": one.id}, parts)

    return TradeSource(market.data, lambda tape: tape.aggregates, write)


def _payload(
    market: Market,
    event: str,
    trade: PublicTrade | AggregateTrade,
    now_ms: int,
    ids: dict[str, Any],
    parts: dict[str, Any],
) -> Payload:
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
