"""Many recordings as one series of market events, in order of time."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import count

from hypersim.feeds.replay.book import RecordedBook
from hypersim.feeds.replay.expanding import candle_events, quote_around
from hypersim.feeds.replay.rows import DepthChange, KlineRow, Row
from hypersim.market.events import MarketEvent, QuoteUpdated, TradePrinted
from hypersim.market.instrument import Instrument

QUOTES_NEAR_MS = 60_000
"""Recorded quotes count as missing when there is none so near in time."""


class Stream:
    """Rows of one symbol and kind. `head_ms` is when its next row happens, None at the end."""

    def __init__(self, instrument: Instrument, rows: Iterator[Row]) -> None:
        self.instrument = instrument
        self.last_ms: int | None = None
        self.head_ms: int | None = None
        self._rows = rows
        self._head: Row | None = None

    def advance(self) -> Row | None:
        """Step past the head, and return it."""
        row, self._head = self._head, next(self._rows, None)
        self.last_ms = self.head_ms
        self.head_ms = self._head.time_ms if self._head is not None else None
        return row

    def is_near(self, time_ms: int) -> bool:
        """Whether it has a row around `time_ms`."""
        near = (self.last_ms, self.head_ms)
        return any(one is not None and abs(one - time_ms) <= QUOTES_NEAR_MS for one in near)


class Timeline:
    """The events of all recordings from `start_ms` on.

    Where a symbol's trades were recorded, its candles make no trades of their own; where its quotes
    were, its trades make no quotes. Both can change over time, so it is decided row by row.
    """

    def __init__(
        self,
        candles: Sequence[Stream],
        depths: Sequence[Stream],
        quotes: Sequence[Stream],
        trades: Sequence[Stream],
    ) -> None:
        # At one moment a candle opens before its trades come, and a quote comes before its trade.
        self._streams = [*candles, *depths, *quotes, *trades]
        self._quotes = _by_symbol([*depths, *quotes])
        self._trades = _by_symbol(trades)
        self._books: dict[str, RecordedBook] = {}

    def events(self, start_ms: int) -> Iterator[MarketEvent]:
        """Every event; rows from before `start_ms` are skipped."""
        heap: list[tuple[int, int, int, Stream | MarketEvent]] = []
        ticket = count()
        for rank, stream in enumerate(self._streams):
            stream.advance()
            while stream.head_ms is not None and stream.head_ms < start_ms:
                stream.advance()
            if stream.head_ms is not None:
                heappush(heap, (stream.head_ms, rank, next(ticket), stream))
        # Whatever a row became comes after all rows of its moment were read.
        event_rank = len(self._streams)
        while heap:
            _, rank, _, item = heappop(heap)
            if not isinstance(item, Stream):
                yield item
                continue
            row = item.advance()
            if item.head_ms is not None:
                heappush(heap, (item.head_ms, rank, next(ticket), item))
            if row is None:
                continue
            for event in self._expand(item.instrument, row):
                heappush(heap, (event.time_ms, event_rank, next(ticket), event))

    def _expand(self, instrument: Instrument, row: Row) -> list[MarketEvent]:
        symbol = instrument.symbol
        match row:
            case KlineRow():
                end_ms = row.end_ms
                trades = self._trades.get(symbol, ())
                has_trades = any(one.head_ms is not None and one.head_ms < end_ms for one in trades)
                events = candle_events(
                    symbol,
                    row,
                    instrument.tick_size,
                    instrument.step_size,
                    with_trades=not has_trades,
                )
                if self._is_quoted(symbol, row.time_ms):
                    return [one for one in events if not isinstance(one, QuoteUpdated)]
                return events
            case TradePrinted():
                if self._is_quoted(symbol, row.time_ms):
                    return [row]
                return [self._quote_of(instrument, row), row]
            case QuoteUpdated():
                return [row]
            case DepthChange():
                shown = self._books.setdefault(symbol, RecordedBook(symbol)).apply(row)
                return [shown] if shown is not None else []

    def _is_quoted(self, symbol: str, time_ms: int) -> bool:
        return any(stream.is_near(time_ms) for stream in self._quotes.get(symbol, ()))

    def _quote_of(self, instrument: Instrument, trade: TradePrinted) -> QuoteUpdated:
        return quote_around(
            instrument.symbol,
            trade.time_ms,
            trade.price,
            trade.quantity,
            instrument.tick_size,
            is_ask=not trade.buyer_is_maker,
        )


def _by_symbol(streams: Sequence[Stream]) -> dict[str, list[Stream]]:
    found: dict[str, list[Stream]] = {}
    for stream in streams:
        found.setdefault(stream.instrument.symbol, []).append(stream)
    return found
