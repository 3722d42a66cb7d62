"""One symbol of Binance: what its messages mean for the market, and in which order they count.

Quotes and book updates share one sequence of update ids, so the newer of the two always wins:
a quote older than the book is dropped, a book older than the quote is shown with the quote on top.
"""

import asyncio
from collections.abc import Callable

from hypersim.feeds.binance.book import Diff, LocalBook, PendingBook
from hypersim.feeds.binance.minutes import Minutes
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.wire import (
    BestPrices,
    BookTickerFrame,
    DayStatistics,
    MiniTickerFrame,
    TickerFrame,
    TradeFrame,
)
from hypersim.feeds.binance.words import printed, quote, statistics, statistics_of_mini
from hypersim.feeds.outbox import Outbox
from hypersim.feeds.venue_time import stamped
from hypersim.market.events import DepthUpdated, Level, QuoteUpdated
from hypersim.market.instrument import Instrument
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock

DEPTH_LEVELS = 100
"""Levels a side that a depth event carries."""

_NEVER_S = float("-inf")


class SymbolMarket:
    """The state of one symbol between its messages. Times in seconds are the loop's.

    `on_price` is told of every fresh price, `books` of every book. The book of a market that
    `is_kept` is followed all the time, and it has a ticker of its own; that of another one comes
    and goes.
    """

    def __init__(
        self,
        instrument: Instrument,
        outbox: Outbox,
        clock: Clock,
        timings: BinanceTimings,
        on_price: Callable[[str], None],
        books: BookDemand,
        *,
        is_kept: bool,
    ) -> None:
        self.symbol = instrument.symbol
        self.id = instrument.id
        self.is_kept = is_kept
        self.wants_book = is_kept
        self.book: LocalBook | None = None
        self.pending: PendingBook | None = None
        self.snapshot_wanted = asyncio.Event()
        self.minutes = Minutes(instrument.symbol, outbox, clock, asks_rest=is_kept)
        self._is_connected = False
        self._last_print_id = 0
        self._day: DayStatistics | None = None
        self._books = books
        self._outbox = outbox
        self._clock = clock
        self._timings = timings
        self._on_price = on_price
        self._loop = asyncio.get_running_loop()
        self._quote: QuoteUpdated | None = None
        self._quote_id = 0
        self._book_time_ms = 0
        self._next_depth_s = _NEVER_S
        self._next_refresh_s = _NEVER_S
        self._depth_timer: asyncio.TimerHandle | None = None
        self._stream_priced_s = _NEVER_S
        self._stream_counted_s = _NEVER_S

    @property
    def price_is_silent(self) -> bool:
        """Whether the streams have had no price for a while."""
        return self._loop.time() - self._stream_priced_s > self._timings.symbol_silence_s

    @property
    def statistics_are_silent(self) -> bool:
        """Whether the streams have had no 24 h statistics for a while."""
        return self._loop.time() - self._stream_counted_s > self._timings.symbol_silence_s

    def connected(self) -> None:
        """Streams start: updates are buffered until a snapshot comes."""
        self.disconnected()
        if self.wants_book:
            self.lose_book()
        self._is_connected = True
        self.minutes.begin()

    def disconnected(self) -> None:
        """Streams ended: what was built from them is history. Ids may start again."""
        self._is_connected = False
        self.minutes.end()
        self._quote = None
        self._quote_id = 0
        self._forget_book()

    def want_book(self) -> None:
        """Follow the book from now on; its stream is subscribed to."""
        self.wants_book = True
        if self._is_connected:
            self.lose_book()

    def let_book_go(self) -> None:
        """Show the best prices alone from now on; the rest of what was shown would grow old."""
        self.wants_book = False
        if self.book is not None:
            bids, asks = self.book.top(1)
            newer = self._quote_after(self.book)
            if newer is not None:
                bids, asks = with_quote(bids, asks, newer)
            now_ms = self._clock.now_ms()
            self._outbox.put(DepthUpdated(self.symbol, now_ms, bids[:1], asks[:1]))
        self._books.flatten(self.symbol)
        self._forget_book()

    def _forget_book(self) -> None:
        self.book = self.pending = None
        self.snapshot_wanted.clear()
        self.stop()

    def lose_book(self) -> None:
        """Start the book again from the beginning; quotes go on."""
        self.book = None
        self.pending = PendingBook()
        self.snapshot_wanted.set()

    def refresh_book(self) -> None:
        """Wait for a deeper snapshot while the book at hand goes on."""
        if self.pending is None and self._loop.time() >= self._next_refresh_s:
            self.pending = PendingBook()
            self.snapshot_wanted.set()

    def install(self, book: LocalBook) -> None:
        """The book is in sequence."""
        self.book, self.pending = book, None
        self.snapshot_wanted.clear()
        self._next_refresh_s = self._loop.time() + self._timings.refresh_pause_s
        self._book_time_ms = self._clock.now_ms()
        self._priced_by_stream()
        self._show_depth()

    def stop(self) -> None:
        """Show no book any more."""
        if self._depth_timer is not None:
            self._depth_timer.cancel()
            self._depth_timer = None

    def take_book_ticker(self, frame: BookTickerFrame, *, shown: bool) -> None:
        """The best prices changed. `shown` is False while the streams lag."""
        if not shown:
            return
        new = quote(self.symbol, self._clock.now_ms(), frame)
        self._priced_by_stream()
        book_id = self.book.last_id if self.book is not None else 0
        if frame.update_id <= max(self._quote_id, book_id):
            return
        self._quote, self._quote_id = new, frame.update_id
        self._put_quote(new)

    def take_diff(self, diff: Diff, *, shown: bool) -> bool:
        """The book changed; False when an update was missed, so that the book is lost."""
        if self.pending is not None:
            self.pending.add(diff)
        if self.book is None:
            return True
        if not self.book.apply(diff):
            self.lose_book()
            if self.pending is not None:
                self.pending.add(diff)
            return False
        self._book_time_ms = diff.time_ms
        if shown:
            self._priced_by_stream()
            self._show_depth()
        return True

    def take_trade(self, frame: TradeFrame) -> None:
        """Two orders traded."""
        self._outbox.put(printed(self.symbol, self._stamp(frame.time_ms), frame))
        self._last_print_id = frame.id
        self.minutes.note_print(frame.id)

    def take_mini_ticker(self, frame: MiniTickerFrame, *, shown: bool) -> None:
        """The 24 hours, which tell of how many trades they are only over REST: those that were
        printed since then are counted on."""
        if not shown or self._day is None:
            return
        first_id, count = self._day.first_id, self._day.count
        count = max(count, self._last_print_id - first_id + 1) if count else 0
        time_ms = self._stamp(frame.time_ms)
        self._outbox.put(
            statistics_of_mini(self.symbol, frame, time_ms, count=count, first_id=first_id)
        )
        self._stream_counted_s = self._loop.time()

    def take_ticker(self, frame: TickerFrame, *, shown: bool) -> None:
        """The 24 hours, and once a second the best prices: they show that a quiet market lives."""
        if not shown:
            return
        self._outbox.put(statistics(self.symbol, self._stamp(frame.time_ms), frame))
        self._stream_counted_s = self._loop.time()
        if self.price_is_silent:
            self._put_quote(quote(self.symbol, self._stamp(frame.time_ms), frame))
            self._on_price(self.symbol)

    def take_polled_quote(self, row: BestPrices) -> None:
        """Best prices from REST; they count while the streams are silent."""
        if self.price_is_silent:
            self._put_quote(quote(self.symbol, self._clock.now_ms(), row))
            self._on_price(self.symbol)

    def take_polled_statistics(self, row: DayStatistics) -> None:
        """24 hours from REST; they count while the streams are silent."""
        self._day = row
        if self.statistics_are_silent:
            self._outbox.put(statistics(self.symbol, self._stamp(row.close_time), row))

    def _put_quote(self, new: QuoteUpdated) -> None:
        """Where no book is followed, the quote is all that is shown: what was behind it once would
        grow old."""
        if self.is_kept or self.book is not None:
            self._outbox.put(new)
            return
        self._books.flatten(self.symbol)
        bids, asks = ((new.bid, new.bid_size),), ((new.ask, new.ask_size),)
        self._outbox.put(DepthUpdated(self.symbol, new.time_ms, bids, asks))

    def _priced_by_stream(self) -> None:
        self._stream_priced_s = self._loop.time()
        self._on_price(self.symbol)

    def _show_depth(self) -> None:
        """Now, or when the interval since the last time is over."""
        if self._depth_timer is None:
            at_s = max(self._next_depth_s, self._loop.time())
            self._depth_timer = self._loop.call_at(at_s, self._put_depth)

    def _put_depth(self) -> None:
        self._depth_timer = None
        if self.book is None:
            return
        self._next_depth_s = self._loop.time() + self._timings.depth_interval_s
        bids, asks = self.book.top(DEPTH_LEVELS)
        if not self.book.covers(bids, asks):
            self.refresh_book()
        time_ms = self._stamp(self._book_time_ms)
        newer = self._quote_after(self.book)
        if newer is not None:
            bids, asks = with_quote(bids, asks, newer)
            time_ms = max(time_ms, newer.time_ms)
        self._books.send(self.symbol)
        self._outbox.put(DepthUpdated(self.symbol, time_ms, bids, asks))

    def _quote_after(self, book: LocalBook) -> QuoteUpdated | None:
        """The quote, if it is newer than the book."""
        return self._quote if self._quote_id > book.last_id else None

    def _stamp(self, venue_ms: int | None) -> int:
        return stamped(self._clock, venue_ms)


def with_quote(
    bids: tuple[Level, ...], asks: tuple[Level, ...], top: QuoteUpdated
) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """A book under a quote that is newer: nothing in it is better than the quote."""
    return (
        ((top.bid, top.bid_size), *(level for level in bids if level[0] < top.bid)),
        ((top.ask, top.ask_size), *(level for level in asks if level[0] > top.ask)),
    )
