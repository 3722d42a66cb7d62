"""Many recordings as one series of market events, in order of time."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count, islice

from hypersim.feeds.replay.expanding import candle_events, closed_candles, quote_around
from hypersim.feeds.replay.rows import DepthChange, KlineRow, Row
from hypersim.feeds.replay.standing import Standing
from hypersim.feeds.replay.streams import Stream, by_symbol
from hypersim.market.candle import Interval
from hypersim.market.events import MarketEvent, PricePassed, QuoteUpdated, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedPosition

_Heap = list[tuple[int, int, int, Stream | MarketEvent]]


class Timeline:
    """The events of all recordings from `start_ms` on.

    Where a symbol's trades were recorded, its candles make no trades of their own; where its quotes
    were, its trades make no quotes. Both can change over time, so it is decided row by row.
    """

    def __init__(
        self,
        candles: list[Stream],
        depths: list[Stream],
        quotes: list[Stream],
        trades: list[Stream],
    ) -> None:
        # At one moment a candle opens before its trades come, and a quote comes before its trade.
        self._streams = [*candles, *depths, *quotes, *trades]
        self._quotes = by_symbol([*depths, *quotes])
        self._trades = by_symbol(trades)
        self._standing = {
            stream.instrument.symbol: Standing(stream.instrument) for stream in self._streams
        }

    def begin(self, start: FeedPosition) -> tuple[list[MarketEvent], Iterator[MarketEvent]]:
        """How every market stands at the start, by what was before it; and every event from then
        on."""
        following = self._events(start.time_ms)
        for event in islice(following, start.told):
            self._standing[event.symbol].note(event)
        standing = [event for one in self._standing.values() for event in one.events(start.time_ms)]
        return standing, following

    def _events(self, start_ms: int) -> Iterator[MarketEvent]:
        heap: _Heap = []
        ticket = count()
        # Whatever a row became comes after all rows of its moment were read.
        event_rank = len(self._streams)
        for event in self._begun(start_ms):
            heappush(heap, (event.time_ms, event_rank, next(ticket), event))
        for rank, stream in enumerate(self._streams):
            if stream.head_ms is not None:
                heappush(heap, (stream.head_ms, rank, next(ticket), stream))
        return self._played(heap, ticket)

    def _played(self, heap: _Heap, ticket: Iterator[int]) -> Iterator[MarketEvent]:
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

    def _begun(self, start_ms: int) -> list[MarketEvent]:
        """Step past the rows from before `start_ms`; what is left of a candle that is open then."""
        left: list[MarketEvent] = []
        for stream in self._streams:
            for row in stream.before(start_ms):
                left += self._note(stream.instrument, row, start_ms)
        return left

    def _note(self, instrument: Instrument, row: Row, start_ms: int) -> list[MarketEvent]:
        """Take in a row from before the start; what is left of it comes after the start."""
        standing = self._standing[instrument.symbol]
        if isinstance(row, DepthChange):
            standing.note(row)
            return []
        events = self._expand(instrument, row)
        is_open = isinstance(row, KlineRow) and row.end_ms > start_ms
        for event in events:
            if not is_open or event.time_ms < start_ms:
                standing.note(event)
        return [one for one in events if is_open and one.time_ms >= start_ms]

    def _expand(self, instrument: Instrument, row: Row) -> list[MarketEvent]:
        symbol = instrument.symbol
        standing = self._standing[symbol]
        match row:
            case KlineRow():
                return self._candle(standing, row)
            case TradePrinted():
                standing.price = row.price
                if self._is_quoted(symbol, row.time_ms):
                    return [row]
                is_ask = not row.buyer_is_maker
                quote = quote_around(
                    instrument, row.time_ms, row.price, row.quantity, is_ask=is_ask
                )
                return [quote, row]
            case QuoteUpdated():
                return [row]
            case DepthChange():
                shown = standing.book.apply(row)
                return [shown] if shown is not None else []

    def _candle(self, standing: Standing, row: KlineRow) -> list[MarketEvent]:
        symbol = standing.instrument.symbol
        minutes = standing.minutes_closed_by(row) if row.interval is Interval.S1 else []
        trades = self._trades.get(symbol, ())
        if any(one.head_ms is not None and one.head_ms < row.end_ms for one in trades):
            recorded = row.interval.length_ms <= Interval.M1.length_ms
            return [*(closed_candles(standing.instrument, row) if recorded else []), *minutes]
        events = candle_events(standing.instrument, row, standing.price)
        standing.price = row.candle.close
        if self._is_quoted(symbol, row.time_ms):
            events = [one for one in events if not isinstance(one, QuoteUpdated | PricePassed)]
        return [*events, *minutes]

    def _is_quoted(self, symbol: str, time_ms: int) -> bool:
        return any(stream.is_near(time_ms) for stream in self._quotes.get(symbol, ()))
