"""One symbol of a CCXT exchange: from polled answers to events."""

from collections.abc import Callable

from hypersim.feeds.ccxt import wire
from hypersim.feeds.ccxt.wire import Unified
from hypersim.feeds.garbage import Garbage
from hypersim.feeds.outbox import Outbox
from hypersim.feeds.venue_time import stamped
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import CandleClosed, DepthUpdated, QuoteUpdated
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock

DEPTH_LEVELS = 100
"""Levels a side that a depth event carries."""


class CcxtMarket:
    """What was told of the symbol so far. `on_price` is told of every fresh price, `books` of every
    book. A market that `is_kept` is asked about all the time; another one shows its best prices
    alone while nobody looks."""

    def __init__(
        self,
        symbol: str,
        outbox: Outbox,
        clock: Clock,
        garbage: Garbage,
        on_price: Callable[[str], None],
        books: BookDemand,
        *,
        is_kept: bool,
    ) -> None:
        self.symbol = symbol
        self.is_kept = is_kept
        self.has_book = False
        self.was_looked_at = is_kept
        """Minutes are asked for from then on, so that they have no holes."""
        self.trade_gaps = 0
        self.last_minute_ms = Interval.M1.open_ms(clock.now_ms()) - MINUTE_MS
        """When the newest minute opened that is known to be closed: history ends with it."""
        self._outbox = outbox
        self._clock = clock
        self._garbage = garbage
        self._on_price = on_price
        self._books = books
        if not is_kept:
            books.flatten(symbol)
        self._seen: set[tuple[object, ...]] | None = None

    def take_ticker(self, ticker: Unified) -> bool:
        """Best prices and 24 hours; True when it had prices."""
        time_ms = stamped(self._clock, wire.time_of(ticker.get("timestamp")))
        try:
            quote = wire.quote(self.symbol, time_ms, ticker)
            statistics = wire.statistics(self.symbol, time_ms, ticker)
        except ValueError as error:
            self._garbage.skip("ticker", error)
            return False
        if statistics is not None:
            self._outbox.put(statistics)
        if quote is not None:
            self._put_quote(quote)
            self._on_price(self.symbol)
        return quote is not None

    def _put_quote(self, quote: QuoteUpdated) -> None:
        if self.is_kept or self.has_book:
            self._outbox.put(quote)
            return
        # What was behind the best prices once would grow old.
        bids, asks = ((quote.bid, quote.bid_size),), ((quote.ask, quote.ask_size),)
        self._outbox.put(DepthUpdated(self.symbol, quote.time_ms, bids, asks))

    def let_book_go(self) -> None:
        """Nobody looks any more."""
        if self.has_book and not self.is_kept:
            self.has_book = False
            self._books.flatten(self.symbol)
            self._seen = None

    def take_book(self, book: Unified) -> None:
        """The whole visible book."""
        try:
            bids = wire.levels(book.get("bids"), descending=True)[:DEPTH_LEVELS]
            asks = wire.levels(book.get("asks"), descending=False)[:DEPTH_LEVELS]
            if not bids or not asks or bids[0][0] >= asks[0][0]:
                raise ValueError("a side is empty, or the sides cross")
        except (ValueError, LookupError, TypeError) as error:
            self._garbage.skip("order book", error)
            return
        time_ms = stamped(self._clock, wire.time_of(book.get("timestamp")))
        self.has_book = self.was_looked_at = True
        self._books.send(self.symbol)
        self._outbox.put(DepthUpdated(self.symbol, time_ms, bids, asks))
        self._on_price(self.symbol)

    def take_trades(self, rows: list[Unified]) -> None:
        """The newest trades, of which those are printed that the last page did not have. The first
        page is from before we listened."""
        page = {wire.trade_key(row): row for row in rows}
        before, self._seen = self._seen, set(page) or self._seen
        if before is None:
            return
        fresh = [row for key, row in page.items() if key not in before]
        if before and len(fresh) == len(page) and page:
            self.trade_gaps += 1
        for row in fresh:
            self._print(row)

    def _print(self, row: Unified) -> None:
        time_ms = stamped(self._clock, wire.time_of(row.get("timestamp")))
        try:
            self._outbox.put(wire.trade(self.symbol, time_ms, row))
        except ValueError as error:
            self._garbage.skip("trade", error)

    def take_bars(self, rows: list[object], closed_before_ms: int) -> None:
        """One-minute bars; those that ended before `closed_before_ms` are told, once each."""
        try:
            bars = wire.candles(rows, Interval.M1)
        except ValueError as error:
            self._garbage.skip("bar", error)
            return
        for bar in bars:
            end_ms = bar.open_ms + MINUTE_MS
            if bar.open_ms > self.last_minute_ms and end_ms <= closed_before_ms:
                self.last_minute_ms = bar.open_ms
                time_ms = self._clock.now_ms()
                self._outbox.put(CandleClosed(self.symbol, time_ms, Interval.M1, bar))
