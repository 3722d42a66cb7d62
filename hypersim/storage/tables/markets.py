"""What the record tells of markets and not of accounts: a reset leaves it alone. What a feed says
has no bound."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.table import BESIDE, Column, Filled, Table
from hypersim.trading.fees import load as load_fees


class InstrumentRow(msgspec.Struct, frozen=True):
    """An instrument as recorded: in JSON."""

    symbol: str
    document: str


INSTRUMENTS = Table(
    "instruments",
    InstrumentRow,
    (
        Column("symbol", Kind.TEXT),
        Column("document", Kind.DOCUMENT),
        Column("position", Kind.INTEGER, BESIDE, changes=False, note="which one came first"),
    ),
    key=("symbol",),
)

CANDLES = Table(
    "candles",
    Candle,
    (
        Column("symbol", Kind.TEXT, BESIDE),
        Column("interval", Kind.WORD, BESIDE),
        Column("opened_at", Kind.TIME, "open_ms"),
        Column("open", Kind.NUMBER),
        Column("high", Kind.NUMBER),
        Column("low", Kind.NUMBER),
        Column("close", Kind.NUMBER),
        Column("volume", Kind.NUMBER),
        Column("quote_volume", Kind.NUMBER),
        Column("trade_count", Kind.INTEGER),
        Column("taker_volume", Kind.NUMBER),
        Column("taker_quote_volume", Kind.NUMBER),
        Column("first_trade_id", Kind.INTEGER, null=True),
    ),
    key=("symbol", "interval", "opened_at"),
)

PUBLIC_TRADES = Table(
    "public_trades",
    RecordedTrade,
    (
        Column("symbol", Kind.TEXT),
        Column("id", Kind.INTEGER),
        Column("aggregate_id", Kind.INTEGER),
        Column("feed_id", Kind.INTEGER),
        Column("traded_at", Kind.TIME, "time_ms"),
        Column("price", Kind.NUMBER),
        Column("amount", Kind.NUMBER, "quantity"),
        Column("buyer_is_maker", Kind.FLAG),
    ),
    key=("symbol", "id"),
)

TICKERS = Table(
    "tickers",
    Ticker,
    (
        Column("symbol", Kind.TEXT),
        Column("last_price", Kind.NUMBER, "last"),
        Column("bid_price", Kind.NUMBER, "bid", null=True),
        Column("bid_size", Kind.NUMBER, null=True),
        Column("ask_price", Kind.NUMBER, "ask", null=True),
        Column("ask_size", Kind.NUMBER, null=True),
        Column("open_price", Kind.NUMBER, "open", null=True),
        Column("high_price", Kind.NUMBER, "high", null=True),
        Column("low_price", Kind.NUMBER, "low", null=True),
        Column("volume_24h", Kind.NUMBER, "base_volume"),
        Column("quote_volume_24h", Kind.NUMBER, "quote_volume"),
        Column("trade_count_24h", Kind.INTEGER, "trade_count"),
        Column("is_stale", Kind.FLAG),
        Column("updated_at", Kind.TIME, "time_ms"),
        Column("last_trade_id", Kind.INTEGER, "end.trade_id"),
        Column("last_aggregate_id", Kind.INTEGER, "end.aggregate_id"),
        Column("last_feed_id", Kind.INTEGER, "end.feed_id"),
        Column(
            "trades_at",
            Kind.NUMBER,
            null=True,
            note="where it is another price than bid and ask",
        ),
    ),
    key=("symbol",),
)


def instrument_rows(instruments: Iterable[Instrument]) -> list[InstrumentRow]:
    """To be recorded."""
    return [InstrumentRow(one.symbol, msgspec.json.encode(one).decode()) for one in instruments]


def instruments(rows: Iterable[Mapping[str, Any]]) -> list[Instrument]:
    """From rows of `INSTRUMENTS`."""
    return [_instrument(row) for row in INSTRUMENTS.read(rows)]


def candle_rows(candles: Iterable[tuple[str, Candle]]) -> Filled:
    """To be recorded. Of a minute that was closed twice, the later version counts."""
    latest = {(symbol, candle.open_ms): candle for symbol, candle in candles}
    symbols = [symbol for symbol, _ in latest]
    intervals = [Interval.M1] * len(latest)
    return CANDLES.filled(list(latest.values()), symbol=symbols, interval=intervals)


def ticker_rows(tickers: Iterable[Ticker]) -> list[Ticker]:
    """To be recorded: the latest ones; a market without any price yet has no row."""
    latest = {ticker.symbol: ticker for ticker in tickers if ticker.last is not None}
    return list(latest.values())


def _instrument(row: InstrumentRow) -> Instrument:
    found = msgspec.json.decode(row.document, type=Instrument)
    if found.symbol != row.symbol:
        raise ValueError(f"it is of {found.symbol}")
    if found.fee_model is not None:
        load_fees(found.fee_model)
    return found
