"""What a recorded table holds, told by its header or the shape of its rows, and its rows read.

Known are the public dumps of Binance: klines, trades, aggTrades, bookTicker and depth.
"""

import re
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import msgspec

from hypersim.feeds.replay.fields import Kind, columns_of, kind_by_names, kind_by_shape
from hypersim.feeds.replay.rows import (
    PARSERS,
    DepthChange,
    Fields,
    KlineRow,
    Row,
    kline_interval,
    row_id,
    time_in_ms,
    whole,
)
from hypersim.feeds.replay.tables import Table
from hypersim.market.candle import Interval
from hypersim.market.events import Level
from hypersim.market.number import parse_decimal
from hypersim.service.feed import FeedUnavailable


class Entry(NamedTuple):
    """A row and where it stands. Two rows of one market, kind and time that have the same `id` are
    the same thing recorded twice."""

    time_ms: int
    id: object
    row: Row
    line: int
    table: Table

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.table.name} line {self.line}"


class Recording(msgspec.Struct, frozen=True):
    """A table whose contents are known. `symbol_id` is the symbol as Binance spells it; `interval`
    is the length of candles, None for other kinds."""

    table: Table
    kind: Kind
    symbol_id: str
    has_header: bool
    columns: dict[str, int]
    first_ms: int
    interval: Interval | None

    def entries(self, symbol: str, start_ms: int = 0) -> Iterator[Entry]:
        """What was recorded, as from the market `symbol`, in order of time, from the last row
        before `start_ms` on. Raises FeedUnavailable for a row that cannot be read or that goes back
        in time."""
        last_ms = 0
        for line, row in self._parsed(symbol, start_ms):
            if row.time_ms < last_ms:
                why = f"not in order of time: {row.time_ms} comes after {last_ms}"
                raise _bad_line(self.table, line, why)
            last_ms = row.time_ms
            yield Entry(last_ms, row_id(row), row, line, self.table)

    def fields(self) -> Iterator[tuple[int, Fields]]:
        """Line number and named fields of every row."""
        columns = self.columns.items()
        for line, cells in enumerate(self.table.rows(), 1):
            if line == 1 and self.has_header:
                continue
            try:
                yield line, {name: cells[column] for name, column in columns}
            except IndexError:
                raise _bad_line(self.table, line, f"{len(cells)} columns are too few") from None

    def last_ms(self) -> int:
        """When its last row happened. Reads the file to its end, which tells whether it can be."""
        for line, fields in deque(self.fields(), maxlen=1):
            try:
                return time_in_ms(fields["time"])
            except ValueError as error:
                raise _bad_line(self.table, line, str(error)) from None
        return self.first_ms

    def _fields_from(self, start_ms: int) -> Iterator[tuple[int, Fields]]:
        """From the last row before `start_ms` on. Those that are skipped are not looked at."""
        skipped: tuple[int, Fields] | None = None
        rows = self.fields()
        for line, fields in rows:
            if not _is_before(fields["time"], start_ms):
                rows = chain([(line, fields)], rows)
                break
            skipped = line, fields
        if skipped is not None:
            yield skipped
        yield from rows

    def _parsed(self, symbol: str, start_ms: int) -> Iterator[tuple[int, Row]]:
        if self.kind in {Kind.DEPTH_SNAPSHOT, Kind.DEPTH_UPDATE}:
            yield from self._depth_changes()
            return
        parse = PARSERS[self.kind]
        for line, fields in self._fields_from(start_ms):
            self._check_symbol(line, fields)
            try:
                row = parse(symbol, fields)
                if isinstance(row, KlineRow) and row.interval is not self.interval:
                    raise ValueError(f"a candle of {row.interval} in a file of {self.interval}")
                yield line, row
            except (ValueError, KeyError) as error:
                raise _bad_line(self.table, line, str(error)) from None

    def _depth_changes(self) -> Iterator[tuple[int, DepthChange]]:
        key: tuple[str, str] | None = None
        first_line = 0
        sides: dict[str, list[Level]] = {"b": [], "a": []}
        for line, fields in self.fields():
            self._check_symbol(line, fields)
            row_key = fields["time"], fields["update_id"]
            if key is not None and row_key != key:
                yield first_line, self._depth_change(first_line, key, sides)
                sides = {"b": [], "a": []}
            if row_key != key:
                key, first_line = row_key, line
            try:
                level = parse_decimal(fields["price"]), parse_decimal(fields["quantity"])
                sides[fields["side"]].append(level)
            except (ValueError, KeyError) as error:
                raise _bad_line(self.table, line, str(error)) from None
        if key is not None:
            yield first_line, self._depth_change(first_line, key, sides)

    def _depth_change(
        self, line: int, key: tuple[str, str], sides: dict[str, list[Level]]
    ) -> DepthChange:
        is_snapshot = self.kind is Kind.DEPTH_SNAPSHOT
        bids, asks = tuple(sides["b"]), tuple(sides["a"])
        try:
            return DepthChange(time_in_ms(key[0]), whole(key[1]), is_snapshot, bids, asks)
        except ValueError as error:
            raise _bad_line(self.table, line, str(error)) from None

    def _check_symbol(self, line: int, fields: Fields) -> None:
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
        fields = {name: row[column] for name, column in columns.items()}
        first_ms = time_in_ms(fields["time"])
        interval = kline_interval(fields) if kind is Kind.KLINES else None
    except IndexError:
        raise _bad_line(table, 1 + has_header, f"{len(row)} columns are too few") from None
    except ValueError as error:
        raise _bad_line(table, 1 + has_header, str(error)) from None
    named = fields.get("symbol", _symbol_in_name(table))
    return Recording(table, kind, plain_symbol(named), has_header, columns, first_ms, interval)


def _is_before(text: str, start_ms: int) -> bool:
    """Whether a row can be skipped; one whose time cannot be read is to be complained about."""
    try:
        return time_in_ms(text) < start_ms
    except ValueError:
        return False


def plain_symbol(text: str) -> str:
    """A symbol as Binance spells it: BTCUSDT for btc/usdt."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _symbol_in_name(table: Table) -> str:
    """BTCUSDT of BTCUSDT-trades-2021-01-08.csv."""
    return re.split(r"[-_.]", table.plain_name, maxsplit=1)[0]


def _bad_line(table: Table, line: int, why: str) -> FeedUnavailable:
    return FeedUnavailable(f"replay: {table.name} line {line}: {why}")
