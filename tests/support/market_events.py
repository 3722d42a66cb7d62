"""What happens in one market, in short, for tests of what is made of it."""

from decimal import Decimal

from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    QuoteUpdated,
    TradePrinted,
)
from tests.support.builders import SYMBOL

START_MS = 20_000 * DAY_MS + 9 * HOUR_MS


def trade(time_ms: int, price: int, quantity: int = 1, *, sold: bool = False) -> TradePrinted:
    return TradePrinted(SYMBOL, time_ms, Decimal(price), Decimal(quantity), sold)


def quote(time_ms: int, bid: int = 99, ask: int = 101) -> QuoteUpdated:
    return QuoteUpdated(SYMBOL, time_ms, Decimal(bid), Decimal(1), Decimal(ask), Decimal(1))


def bar(open_ms: int, price: int, volume: int = 1) -> Candle:
    return flat_candle(open_ms, Decimal(price)).with_trade(
        Decimal(price), Decimal(volume), buyer_is_taker=True
    )


def closed(candle: Candle) -> CandleClosed:
    return CandleClosed(SYMBOL, candle.open_ms + MINUTE_MS, Interval.M1, candle)


def data_of(*events: TradePrinted | QuoteUpdated | CandleClosed | DepthUpdated) -> MarketData:
    data = MarketData(SYMBOL)
    for event in events:
        data.apply(event)
    return data
