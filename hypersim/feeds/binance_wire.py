"""Binance's messages as its documents describe them, and what each one says in our words.

Prices and quantities are texts there; they become exact Decimals here. Whatever does not fit
raises ValueError (msgspec's ValidationError and DecodeError are ValueErrors too).
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import Level, QuoteUpdated, StatisticsUpdated
from hypersim.market.number import parse_decimal

RawLevels = list[tuple[str, str]]


class Filter(msgspec.Struct, frozen=True, rename="camel"):
    """Any symbol filter of exchangeInfo; each uses some of the fields."""

    filter_type: str
    min_price: str | None = None
    max_price: str | None = None
    tick_size: str | None = None
    min_qty: str | None = None
    max_qty: str | None = None
    step_size: str | None = None
    min_notional: str | None = None
    max_notional: str | None = None
    multiplier_up: str | None = None
    multiplier_down: str | None = None
    bid_multiplier_up: str | None = None
    bid_multiplier_down: str | None = None
    ask_multiplier_up: str | None = None
    ask_multiplier_down: str | None = None
    max_num_orders: int | None = None
    max_num_algo_orders: int | None = None
    max_num_iceberg_orders: int | None = None
    max_num_order_lists: int | None = None
    max_num_order_amends: int | None = None
    max_position: str | None = None
    min_trailing_above_delta: int | None = None
    max_trailing_above_delta: int | None = None
    limit: int | str | None = None
    avg_price_mins: int | None = None


class SymbolInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of exchangeInfo."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    base_asset_precision: int = 8
    quote_asset_precision: int = 8
    filters: list[Filter] = []


class ExchangeInfo(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /api/v3/exchangeInfo`."""

    symbols: list[SymbolInfo]


class ErrorBody(msgspec.Struct, frozen=True):
    """What comes with a status of 400 and above."""

    code: int
    msg: str = ""


class BookSnapshot(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /api/v3/depth`."""

    last_update_id: int
    bids: RawLevels
    asks: RawLevels


class BestPrices(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of `GET /api/v3/ticker/bookTicker`."""

    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str


class DayStatistics(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of `GET /api/v3/ticker/24hr`, both types."""

    symbol: str
    open_price: str
    high_price: str
    low_price: str
    last_price: str
    volume: str
    quote_volume: str
    close_time: int
    count: int


class Kline(msgspec.Struct, frozen=True, array_like=True):
    """One row of `GET /api/v3/klines`."""

    open_time: int
    open: str
    high: str
    low: str
    close: str
    volume: str
    close_time: int
    quote_volume: str
    count: int
    taker_volume: str
    taker_quote_volume: str


class Frame(msgspec.Struct, frozen=True):
    """What comes over a combined stream: an event, or the answer to a control message."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    error: ErrorBody | None = None
    code: int | None = None
    msg: str = ""


class BookTickerFrame(
    msgspec.Struct,
    frozen=True,
    rename={"update_id": "u", "bid": "b", "bid_size": "B", "ask": "a", "ask_size": "A"},
):
    """`<symbol>@bookTicker`; it carries no time."""

    update_id: int
    bid: str
    bid_size: str
    ask: str
    ask_size: str


class DiffFrame(
    msgspec.Struct,
    frozen=True,
    rename={"time_ms": "E", "first_id": "U", "last_id": "u", "bids": "b", "asks": "a"},
):
    """`<symbol>@depth@100ms`."""

    time_ms: int
    first_id: int
    last_id: int
    bids: RawLevels
    asks: RawLevels


class AggTradeFrame(
    msgspec.Struct,
    frozen=True,
    rename={"id": "a", "price": "p", "quantity": "q", "time_ms": "T", "buyer_is_maker": "m"},
):
    """`<symbol>@aggTrade`."""

    id: int
    price: str
    quantity: str
    time_ms: int
    buyer_is_maker: bool


class KlineBody(
    msgspec.Struct,
    frozen=True,
    rename={
        "open_time": "t",
        "open": "o",
        "high": "h",
        "low": "l",
        "close": "c",
        "volume": "v",
        "close_time": "T",
        "quote_volume": "q",
        "count": "n",
        "taker_volume": "V",
        "taker_quote_volume": "Q",
        "is_closed": "x",
    },
):
    """The bar inside a kline event."""

    open_time: int
    open: str
    high: str
    low: str
    close: str
    volume: str
    close_time: int
    quote_volume: str
    count: int
    taker_volume: str
    taker_quote_volume: str
    is_closed: bool


class KlineFrame(msgspec.Struct, frozen=True, rename={"time_ms": "E", "kline": "k"}):
    """`<symbol>@kline_1m`."""

    time_ms: int
    kline: KlineBody


class TickerFrame(
    msgspec.Struct,
    frozen=True,
    rename={
        "time_ms": "E",
        "open": "o",
        "high": "h",
        "low": "l",
        "last": "c",
        "base_volume": "v",
        "quote_volume": "q",
        "trade_count": "n",
        "bid": "b",
        "bid_size": "B",
        "ask": "a",
        "ask_size": "A",
    },
):
    """`<symbol>@ticker`, once a second."""

    time_ms: int
    open: str
    high: str
    low: str
    last: str
    base_volume: str
    quote_volume: str
    trade_count: int
    bid: str
    bid_size: str
    ask: str
    ask_size: str


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
    if isinstance(day, DayStatistics):
        prices = (day.open_price, day.high_price, day.low_price, day.last_price)
        volumes, count = (day.volume, day.quote_volume), day.count
    else:
        prices = (day.open, day.high, day.low, day.last)
        volumes, count = (day.base_volume, day.quote_volume), day.trade_count
    first, high, low, last = map(positive, prices)
    base, quoted = map(parse_decimal, volumes)
    return StatisticsUpdated(symbol, time_ms, first, high, low, last, base, quoted, count)


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
    )


def by_symbol(rows: Iterable[SymbolInfo]) -> dict[str, SymbolInfo]:
    """Symbols under their Binance names."""
    return {row.symbol: row for row in rows}
