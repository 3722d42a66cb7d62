"""How one market of a recording stands at a moment, by the rows before it."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from hypersim.feeds.replay.book import RecordedBook
from hypersim.feeds.replay.rows import DepthChange, KlineRow
from hypersim.market.candle import Candle, Interval, merged
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    MarketEvent,
    PricePassed,
    PrintsBefore,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.market.instrument import Instrument


class Standing:
    """`price` is the last one that was traded; `book` what recorded depth adds up to."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.price: Decimal | None = None
        self.book = RecordedBook(instrument.symbol)
        self._seconds: list[Candle] = []
        self._quote: QuoteUpdated | DepthUpdated | None = None
        self._trade: TradePrinted | None = None
        self._prints: list[TradePrinted] = []

    def note(self, past: MarketEvent | DepthChange) -> None:
        """Take in what happened before the player starts."""
        match past:
            case DepthChange():
                self._show(self.book.apply(past))
            case QuoteUpdated() | DepthUpdated():
                self._show(past)
            case TradePrinted():
                self._prints.append(past)
                if self._trade is None or past.time_ms >= self._trade.time_ms:
                    self._trade = past
            case _:
                pass

    def events(self, time_ms: int) -> Iterator[MarketEvent]:
        """What puts the exchange there, as of `time_ms`: the last price and the quote. Nothing is
        traded again."""
        trade, quote = self._trade, self._quote
        since_ms = time_ms - self.instrument.average_ms
        prints = tuple([one for one in self._prints if one.time_ms > since_ms])
        if prints:
            yield PrintsBefore(self.instrument.symbol, time_ms, prints)
        if trade is not None:
            yield PricePassed(
                self.instrument.symbol, time_ms, trade.price, trade.quantity, is_gap=True
            )
        if quote is not None:
            yield msgspec.structs.replace(quote, time_ms=time_ms)

    def minutes_closed_by(self, row: KlineRow) -> list[MarketEvent]:
        """The minutes that are whole with this recorded second."""
        closed: list[MarketEvent] = []
        minute_ms = Interval.M1.open_ms(row.time_ms)
        if self._seconds and self._seconds[0].open_ms < minute_ms:
            closed.append(self._minute(row.time_ms))
        self._seconds.append(row.candle)
        if row.end_ms == Interval.M1.next_open_ms(minute_ms):
            closed.append(self._minute(row.end_ms))
        return closed

    def _minute(self, time_ms: int) -> MarketEvent:
        first_ms = Interval.M1.open_ms(self._seconds[0].open_ms)
        minute = msgspec.structs.replace(merged(self._seconds), open_ms=first_ms)
        self._seconds.clear()
        return CandleClosed(self.instrument.symbol, time_ms, Interval.M1, minute)

    def _show(self, shown: QuoteUpdated | DepthUpdated | None) -> None:
        """Rows of several kinds come one after the other: the latest word counts."""
        if shown is not None and (self._quote is None or shown.time_ms >= self._quote.time_ms):
            self._quote = shown
