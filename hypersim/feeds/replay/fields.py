"""The columns of Binance's public dumps, and how to tell one dump from another."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """The dumps that can be read; a depth snapshot and its updates come as two files."""

    KLINES = "klines"
    TRADES = "trades"
    AGG_TRADES = "aggTrades"
    BOOK_TICKER = "bookTicker"
    DEPTH_SNAPSHOT = "depth snapshot"
    DEPTH_UPDATE = "depth updates"


# For each field: the names that headers give it, and its column where there is no header.
_KLINE_FIELDS = {
    "time": (("open_time", "opentime"), 0),
    "open": (("open",), 1),
    "high": (("high",), 2),
    "low": (("low",), 3),
    "close": (("close",), 4),
    "volume": (("volume",), 5),
    "close_time": (("close_time", "closetime"), 6),
    "quote_volume": (("quote_volume", "quote_asset_volume", "quotevolume"), 7),
    "count": (("count", "number_of_trades", "trades"), 8),
    "taker": (("taker_base", "taker_buy_volume", "taker_buy_base_asset_volume"), 9),
    "taker_quote": (("taker_quote", "taker_buy_quote_volume", "taker_buy_quote_asset_volume"), 10),
}
_QUANTITY = ("qty", "quantity", "amount")
_TIME = ("time", "timestamp", "transact_time", "transaction_time")
_BUYER_MAKER = ("is_buyer_maker", "isbuyermaker")
_TRADE_FIELDS = {
    "id": (("id", "trade_id", "tradeid"), 0),
    "price": (("price",), 1),
    "quantity": (_QUANTITY, 2),
    "time": (_TIME, 4),
    "buyer_is_maker": (_BUYER_MAKER, 5),
}
_AGG_TRADE_FIELDS = {
    "id": (("agg_trade_id", "a"), 0),
    "price": (("price", "p"), 1),
    "quantity": ((*_QUANTITY, "q"), 2),
    "time": (_TIME, 5),
    "buyer_is_maker": (_BUYER_MAKER, 6),
}
_QUOTE_FIELDS = {
    "bid": (("best_bid_price", "bid_price"), 1),
    "bid_size": (("best_bid_qty", "bid_qty"), 2),
    "ask": (("best_ask_price", "ask_price"), 3),
    "ask_size": (("best_ask_qty", "ask_qty"), 4),
    "time": (("transaction_time", "event_time", "time", "timestamp"), 5),
}
_DEPTH_FIELDS = {
    "symbol": (("symbol",), 0),
    "time": (("timestamp", "time"), 1),
    "update_id": (("last_update_id",), 3),
    "side": (("side",), 4),
    "price": (("price",), 6),
    "quantity": (("qty", "quantity"), 7),
}
_FIELDS = {
    Kind.KLINES: _KLINE_FIELDS,
    Kind.TRADES: _TRADE_FIELDS,
    Kind.AGG_TRADES: _AGG_TRADE_FIELDS,
    Kind.BOOK_TICKER: _QUOTE_FIELDS,
    Kind.DEPTH_SNAPSHOT: _DEPTH_FIELDS,
    Kind.DEPTH_UPDATE: _DEPTH_FIELDS,
}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def columns_of(kind: Kind, names: list[str] | None) -> dict[str, int]:
    """Where each field of a dump stands, under a header of such names or (None) without a header.
    Raises ValueError when the header lacks one."""
    fields = _FIELDS[kind]
    if names is None:
        return {field: column for field, (_, column) in fields.items()}
    columns: dict[str, int] = {"symbol": names.index("symbol")} if "symbol" in names else {}
    for field, (aliases, _) in fields.items():
        column = next((names.index(alias) for alias in aliases if alias in names), None)
        if column is None:
            raise ValueError(f"has no column {aliases[0]!r}")
        columns[field] = column
    return columns


def kind_by_names(names: set[str]) -> Kind | None:
    """Which dump has a header of such names."""
    if {"open", "high", "low", "close"} <= names:
        return Kind.KLINES
    if {"side", "update_type", "last_update_id"} <= names:
        return Kind.DEPTH_UPDATE
    if names & {"best_bid_price", "bid_price"}:
        return Kind.BOOK_TICKER
    if "agg_trade_id" in names:
        return Kind.AGG_TRADES
    if "price" in names and names & set(_BUYER_MAKER):
        return Kind.TRADES
    return None


def kind_by_shape(row: list[str]) -> Kind | None:
    """Which dump has such rows."""
    words = [column for column, cell in enumerate(row) if cell.lower() in {"true", "false"}]
    if words:
        return {5: Kind.TRADES, 6: Kind.AGG_TRADES}.get(words[0])
    if len(row) >= 8 and row[5] in {"set", "snap"}:
        return Kind.DEPTH_UPDATE
    if not all(_NUMBER.fullmatch(cell) for cell in row):
        return None
    return Kind.KLINES if len(row) in {11, 12} else Kind.BOOK_TICKER if len(row) == 7 else None
