"""What may have happened while a recorded candle was open."""

from decimal import Decimal

from hypersim.feeds.replay.rows import KlineRow
from hypersim.market.events import CandleClosed, MarketEvent, QuoteUpdated, TradePrinted


def candle_events(
    symbol: str,
    row: KlineRow,
    tick: Decimal,
    step: Decimal,
    *,
    with_trades: bool,
) -> list[MarketEvent]:
    """What may have happened while the candle was open: four trades that share its volume, at its
    open, both extremes (a rising candle falls first) and close, each in a quote one tick wide, and
    at last the candle itself."""
    candle = row.candle
    closed: MarketEvent = CandleClosed(symbol, row.end_ms, row.interval, candle)
    if not with_trades:
        return [closed]
    rises = candle.close >= candle.open
    turns = (candle.low, candle.high) if rises else (candle.high, candle.low)
    length_ms = row.end_ms - row.time_ms
    offsets = 0, length_ms // 4, length_ms // 2, length_ms - length_ms // 60
    events: list[MarketEvent] = []
    before, buys = candle.open, rises
    prices = (candle.open, *turns, candle.close)
    for price, offset, size in zip(prices, offsets, _shares(candle.volume), strict=True):
        buys = price > before if price != before else buys
        time_ms = row.time_ms + offset
        events.append(quote_around(symbol, time_ms, price, size or step, tick, is_ask=buys))
        if size:
            events.append(TradePrinted(symbol, time_ms, price, size, not buys))
        before = price
    return [*events, closed]


def quote_around(
    symbol: str, time_ms: int, price: Decimal, size: Decimal, tick: Decimal, *, is_ask: bool
) -> QuoteUpdated:
    """A spread of one tick with a trade's price as the ask or the bid."""
    bid = price - tick if is_ask and price > tick else price
    return QuoteUpdated(symbol, time_ms, bid, size, bid + tick, size)


def _shares(volume: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """`volume` in four parts with no more decimals than it has; the last takes what is left."""
    unit = Decimal(1).scaleb(int(volume.as_tuple().exponent))
    part = volume / 4 // unit * unit
    return part, part, part, volume - 3 * part
