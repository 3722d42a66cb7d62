"""What a recorded table holds, told by its header or the shape of its rows, and its rows read.

Known are the public dumps of Binance: klines, trades, aggTrades, bookTicker and depth.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from hypersim.feeds.replay.fields import Kind, columns_of, kind_by_names, kind_by_shape
from hypersim.feeds.replay.tables import Table
from hypersim.market.candle import Candle
from hypersim.market.events import Level, QuoteUpdated, TradePrinted
from hypersim.market.number import parse_decimal
from hypersim.service.feed import FeedUnavailable


class KlineRow(msgspec.Struct, frozen=True):
    """A recorded candle and its length."""

    time_ms: int
    length_ms: int
    candle: Candle


class DepthChange(msgspec.Struct, frozen=True):
    """Levels of a book that changed together (all of them, in a snapshot); size 0 removes one."""

    time_ms: int
    update_id: int
    is_snapshot: bool
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


Row = KlineRow | TradePrinted | QuoteUpdated | DepthChange

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
# Milliseconds have 13 digits until the year 2286; some dumps have microseconds.
_MILLISECONDS_END = 10**14


class Recording(msgspec.Struct, frozen=True):
    """A table whose contents are known. `symbol_id` is the symbol as Binance spells it."""

    table: Table
    kind: Kind
    symbol_id: str
    has_header: bool
    columns: dict[str, int]
    first_ms: int

    def rows(self, symbol: str) -> Iterator[Row]:
        """What was recorded, as from the market `symbol`, in order of time. Raises FeedUnavailable
        for a row that cannot be read or that goes back in time."""
        last_ms = self.first_ms
        for row in self._parsed(symbol):
            if row.time_ms < last_ms:
                raise FeedUnavailable(
                    f"replay: {self.table.name} is not in order of time: "
                    f"{row.time_ms} comes after {last_ms}"
                )
            last_ms = row.time_ms
            yield row

    def fields(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and named fields of every row."""
        columns = self.columns.items()
        for line, cells in enumerate(self.table.rows(), 1):
            if line == 1 and self.has_header:
                continue
            try:
                yield line, {name: cells[column] for name, column in columns}
            except IndexError:
                raise _bad_line(self.table, line, f"{len(cells)} columns are too few") from None

    def _parsed(self, symbol: str) -> Iterator[Row]:
        if self.kind in {Kind.DEPTH_SNAPSHOT, Kind.DEPTH_UPDATE}:
            yield from self._depth_changes()
            return
        parse = _PARSERS[self.kind]
        for line, fields in self.fields():
            self._check_symbol(line, fields)
            try:
                yield parse(symbol, fields)
            except (ValueError, KeyError) as error:
                raise _bad_line(self.table, line, str(error)) from None

    def _depth_changes(self) -> Iterator[DepthChange]:
        key: tuple[str, str] | None = None
        sides: dict[str, list[Level]] = {"b": [], "a": []}
        for line, fields in self.fields():
            self._check_symbol(line, fields)
            try:
                level = parse_decimal(fields["price"]), parse_decimal(fields["quantity"])
                row_key = fields["time"], fields["update_id"]
                if key is not None and row_key != key:
                    yield self._depth_change(key, sides)
                    sides = {"b": [], "a": []}
                key = row_key
                sides[fields["side"]].append(level)
            except (ValueError, KeyError) as error:
                raise _bad_line(self.table, line, str(error)) from None
        if key is not None:
            yield self._depth_change(key, sides)

    def _depth_change(self, key: tuple[str, str], sides: dict[str, list[Level]]) -> DepthChange:
        is_snapshot = self.kind is Kind.DEPTH_SNAPSHOT
        bids, asks = tuple(sides["b"]), tuple(sides["a"])
        return DepthChange(time_in_ms(key[0]), int(key[1]), is_snapshot, bids, asks)

    def _check_symbol(self, line: int, fields: dict[str, str]) -> None:
        named = fields.get("symbol")
        if named is not None and plain_symbol(named) != self.symbol_id:
            raise _bad_line(self.table, line, f"is of {named}: one file may hold one symbol only")


def recognize(table: Table) -> Recording:
    """What the table holds. Raises FeedUnavailable when it is empty or of no known kind."""
    rows = table.rows()
    first = next(rows, None)
    if first is None:
        raise FeedUnavailable(f"replay: {table.name} has no rows")
    names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in first]
    kind = kind_by_names(set(names))
    has_header = kind is not None
    row = next(rows, None) if has_header else first
    if row is None:
        raise FeedUnavailable(f"replay: {table.name} has no rows below its header")
    if kind is None:
        kind = kind_by_shape(row)
    if kind is None:
        raise FeedUnavailable(f"replay: {table.name} is no dump of {', '.join(Kind)}")
    if kind is Kind.DEPTH_UPDATE and "snap" in row:
        kind = Kind.DEPTH_SNAPSHOT
    try:
        columns = columns_of(kind, names if has_header else None)
        first_ms = time_in_ms(row[columns["time"]])
        named = row[columns["symbol"]] if "symbol" in columns else _symbol_in_name(table)
    except (ValueError, IndexError) as error:
        raise _bad_line(table, 1 + has_header, str(error)) from None
    return Recording(table, kind, plain_symbol(named), has_header, columns, first_ms)


def plain_symbol(text: str) -> str:
    """A symbol as Binance spells it: BTCUSDT for btc/usdt."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def time_in_ms(text: str) -> int:
    """A recorded time in milliseconds, whatever unit from milliseconds down it was recorded in."""
    time = int(text)
    while time >= _MILLISECONDS_END:
        time //= 1_000
    return time


def _symbol_in_name(table: Table) -> str:
    """BTCUSDT of BTCUSDT-trades-2021-01-08.csv."""
    return re.split(r"[-_.]", table.name, maxsplit=1)[0]


def _bad_line(table: Table, line: int, why: str) -> FeedUnavailable:
    return FeedUnavailable(f"replay: {table.name} line {line}: {why}")


def _kline(symbol: str, fields: dict[str, str]) -> KlineRow:
    del symbol
    open_ms = time_in_ms(fields["time"])
    length_ms = time_in_ms(fields["close_time"]) + 1 - open_ms
    opened, high, low, closed = (
        parse_decimal(fields[name]) for name in ("open", "high", "low", "close")
    )
    if not 0 < low <= min(opened, closed) <= max(opened, closed) <= high or length_ms <= 0:
        raise ValueError("this is no candle")
    candle = Candle(
        open_ms,
        opened,
        high,
        low,
        closed,
        parse_decimal(fields["volume"]),
        parse_decimal(fields["quote_volume"]),
        int(fields["count"]),
        parse_decimal(fields["taker"]),
        parse_decimal(fields["taker_quote"]),
    )
    return KlineRow(open_ms, length_ms, candle)


def _trade(symbol: str, fields: dict[str, str]) -> TradePrinted:
    price, quantity = parse_decimal(fields["price"]), parse_decimal(fields["quantity"])
    if not (price and quantity):
        raise ValueError("a trade has a price and a quantity above zero")
    buyer_is_maker = _BOOLEANS[fields["buyer_is_maker"].lower()]
    time_ms = time_in_ms(fields["time"])
    return TradePrinted(symbol, time_ms, price, quantity, buyer_is_maker, int(fields["id"]))


def _quote(symbol: str, fields: dict[str, str]) -> QuoteUpdated:
    prices = [parse_decimal(fields[name]) for name in ("bid", "bid_size", "ask", "ask_size")]
    return QuoteUpdated(symbol, time_in_ms(fields["time"]), *prices)


_PARSERS: dict[Kind, Callable[[str, dict[str, str]], Row]] = {
    Kind.KLINES: _kline,
    Kind.TRADES: _trade,
    Kind.AGG_TRADES: _trade,
    Kind.BOOK_TICKER: _quote,
}
