"""Binance's messages as its documents describe them. Prices and quantities are texts; what they
say in our words is in `words`."""

import msgspec

RawLevels = list[tuple[str, str]]


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
    first_id: int


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


class TradeFrame(
    msgspec.Struct,
    frozen=True,
    rename={"id": "t", "price": "p", "quantity": "q", "time_ms": "T", "buyer_is_maker": "m"},
):
    """`<symbol>@trade`."""

    id: int
    price: str
    quantity: str
    time_ms: int
    buyer_is_maker: bool


class OldTrade(
    msgspec.Struct,
    frozen=True,
    rename={"quantity": "qty", "time_ms": "time", "buyer_is_maker": "isBuyerMaker"},
):
    """One row of `GET /api/v3/historicalTrades`."""

    id: int
    price: str
    quantity: str
    time_ms: int
    buyer_is_maker: bool


class AggregateRow(
    msgspec.Struct,
    frozen=True,
    rename={
        "id": "a",
        "price": "p",
        "quantity": "q",
        "first_id": "f",
        "last_id": "l",
        "time_ms": "T",
        "buyer_is_maker": "m",
    },
):
    """One row of `GET /api/v3/aggTrades`: the trades `first_id` to `last_id` of one order at one
    price."""

    id: int
    price: str
    quantity: str
    first_id: int
    last_id: int
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
        "first_id": "f",
        "quote_volume": "q",
        "count": "n",
        "taker_volume": "V",
        "taker_quote_volume": "Q",
        "is_closed": "x",
    },
):
    """The bar inside a kline event; without a trade its first id is -1."""

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
    first_id: int


class KlineFrame(msgspec.Struct, frozen=True, rename={"time_ms": "E", "kline": "k"}):
    """`<symbol>@kline_1m`."""

    time_ms: int
    kline: KlineBody


class MiniTickerFrame(
    msgspec.Struct,
    frozen=True,
    rename={
        "time_ms": "E",
        "symbol": "s",
        "open": "o",
        "high": "h",
        "low": "l",
        "last": "c",
        "base_volume": "v",
        "quote_volume": "q",
    },
):
    """One symbol of `!miniTicker@arr`, which tells once a second of those that changed."""

    time_ms: int
    symbol: str
    open: str
    high: str
    low: str
    last: str
    base_volume: str
    quote_volume: str


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
        "first_id": "F",
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
    first_id: int
