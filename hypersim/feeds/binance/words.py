"""What each of Binance's messages says in our words.

Texts become exact Decimals here. Whatever does not fit raises ValueError (msgspec's ValidationError
and DecodeError are ValueErrors too).
"""

from collections.abc import Iterable
from decimal import Decimal

from hypersim.feeds.binance.exchange_info import SymbolInfo
from hypersim.feeds.binance.wire import (
    BestPrices,
    BookTickerFrame,
    DayStatistics,
    Kline,
    KlineBody,
    MiniTickerFrame,
    OldTrade,
    RawLevels,
    TickerFrame,
    TradeFrame,
)
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import Level, QuoteUpdated, StatisticsUpdated, TradePrinted
from hypersim.market.number import parse_decimal
from hypersim.market.tape import PublicTrade


def levels(raw: RawLevels) -> list[Level]:
    """Prices and sizes; a size of zero says that the level is gone."""
    return [(positive(price), parse_decimal(size)) for price, size in raw]


def positive(text: str) -> Decimal:
    """A number above zero; ValueError for every other."""
    number = parse_decimal(text)
    if number <= 0:
        raise ValueError(f"{text!r} should be above zero")
    return number


def quote(
    symbol: str, time_ms: int, best: BookTickerFrame | BestPrices | TickerFrame
) -> QuoteUpdated:
    """The best bid and ask; ValueError when one is missing or they cross."""
    if isinstance(best, BestPrices):
        texts = (best.bid_price, best.bid_qty, best.ask_price, best.ask_qty)
    else:
        texts = (best.bid, best.bid_size, best.ask, best.ask_size)
    bid, bid_size, ask, ask_size = map(positive, texts)
    if bid >= ask:
        raise ValueError(f"bid {bid} is not below ask {ask}")
    return QuoteUpdated(symbol, time_ms, bid, bid_size, ask, ask_size)


def statistics(symbol: str, time_ms: int, day: TickerFrame | DayStatistics) -> StatisticsUpdated:
    """The venue's 24 hours; ValueError for a symbol that has not traded in them."""
    count = day.count if isinstance(day, DayStatistics) else day.trade_count
    return _statistics(symbol, time_ms, day, count, day.first_id)


def statistics_of_mini(
    symbol: str, mini: MiniTickerFrame, time_ms: int, *, count: int, first_id: int
) -> StatisticsUpdated:
    """The same of a ticker that does not tell how many trades it is about."""
    return _statistics(symbol, time_ms, mini, count, first_id)


def _statistics(
    symbol: str,
    time_ms: int,
    day: TickerFrame | MiniTickerFrame | DayStatistics,
    count: int,
    first_id: int,
) -> StatisticsUpdated:
    if isinstance(day, DayStatistics):
        prices = (day.open_price, day.high_price, day.low_price, day.last_price)
        volumes = (day.volume, day.quote_volume)
    else:
        prices = (day.open, day.high, day.low, day.last)
        volumes = (day.base_volume, day.quote_volume)
    first, high, low, last = map(positive, prices)
    base, quoted = map(parse_decimal, volumes)
    known_id = first_id if count else None
    return StatisticsUpdated(symbol, time_ms, first, high, low, last, base, quoted, count, known_id)


def candle(row: Kline | KlineBody, interval: Interval) -> Candle:
    """A bar; ValueError when its prices or its time cannot be."""
    first, high, low, close = map(positive, (row.open, row.high, row.low, row.close))
    if not (low <= first <= high and low <= close <= high):
        raise ValueError(f"a bar of {first}, {high}, {low}, {close} cannot be")
    if interval.open_ms(row.open_time) != row.open_time:
        raise ValueError(f"{row.open_time} is not when a bar of {interval} opens")
    return Candle(
        row.open_time,
        first,
        high,
        low,
        close,
        parse_decimal(row.volume),
        parse_decimal(row.quote_volume),
        row.count,
        parse_decimal(row.taker_volume),
        parse_decimal(row.taker_quote_volume),
        row.first_id if isinstance(row, KlineBody) and row.count else None,
    )


def trade(row: OldTrade) -> PublicTrade:
    """A trade from before now."""
    price, quantity = positive(row.price), positive(row.quantity)
    return PublicTrade(row.id, row.time_ms, price, quantity, row.buyer_is_maker)


def printed(symbol: str, time_ms: int, frame: TradeFrame) -> TradePrinted:
    """A trade that just happened."""
    price, quantity = positive(frame.price), positive(frame.quantity)
    return TradePrinted(symbol, time_ms, price, quantity, frame.buyer_is_maker, frame.id)


def by_symbol(rows: Iterable[SymbolInfo]) -> dict[str, SymbolInfo]:
    """Symbols under their Binance names."""
    return {row.symbol: row for row in rows}
