"""Reading the markets: candles of any time since their beginning, and the public book."""

from decimal import Decimal

from hypersim.market.candle import (
    DAY_MS,
    SECOND_MS,
    Candle,
    Interval,
    aggregate,
    flat_candle,
    merged,
)
from hypersim.market.depth import ShownSide, best
from hypersim.market.events import Level, Levels
from hypersim.market.running_bar import RunningBar, Zoned
from hypersim.market.tape import AggregateTrade, PublicTrade
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed
from hypersim.service.heavy_reads import HeavyReads, spans
from hypersim.service.past_bars import PastBars, without_gaps
from hypersim.service.past_trades import PastTrades, Wanted
from hypersim.service.record import Archive
from hypersim.service.view import View
from hypersim.trading.order import Side

LONGEST_MONTH_MS = 31 * DAY_MS

SLICE_BARS = 1_000
"""Of a feed's history; as many as a venue gives at once."""


class Markets:
    """Market data from memory, then from the feed's history, then from the record."""

    def __init__(
        self,
        view: View,
        feed: Feed,
        archive: Archive,
        clock: Clock,
        books: BookDemand | None = None,
    ) -> None:
        self._view = view
        self._clock = clock
        self._books = books or BookDemand()
        self._remembered: set[str] = set()
        self._trades = PastTrades(feed, archive)
        self._bars = PastBars(view, feed, archive, self._trades, clock)
        self.heavy = HeavyReads()
        """Whoever reads and tells many rows waits here for a turn."""

    def depth(self, symbol: str, limit: int | None = None) -> tuple[Levels, Levels]:
        """(bids, asks), best first; with users' orders where matching is shared. As much as the
        feed tells with every event, or the best `limit` levels."""
        bids, asks = self.book(symbol, limit)
        return (
            (bids.levels, asks.levels)
            if limit is None
            else (bids.levels[:limit], asks.levels[:limit])
        )

    def book(self, symbol: str, limit: int | None = None) -> tuple[ShownSide, ShownSide]:
        """The same, and what lies beyond. Who reads a book looks at it: see `whole_books`."""
        self._books.look(symbol)
        return self._sides(symbol, limit)

    def best(self, symbol: str) -> tuple[Level | None, Level | None]:
        """The best (bid, ask), for which nobody has to look at the book."""
        bids, asks = self._sides(symbol, None)
        return (
            bids.levels[0] if bids.levels else None,
            asks.levels[0] if asks.levels else None,
        )

    async def whole_books(self, *symbols: str) -> None:
        """Before the first look: return once these books are there, or after a moment. A feed of
        many markets brings a book when somebody looks at it."""
        await self._books.whole(*symbols)

    def _sides(self, symbol: str, limit: int | None) -> tuple[ShownSide, ShownSide]:
        data, shown = self._view.markets[symbol], self._view.shown
        sides = []
        for side, levels, deep in (
            (Side.BUY, data.bids, data.deep_bids),
            (Side.SELL, data.asks, data.deep_asks),
        ):
            if limit is not None:
                levels = best(levels, deep, limit)
            end = levels[-1][0] if levels else None
            if shown is not None:
                levels = shown.merged(symbol, side, levels, deep)
            sides.append(ShownSide(levels, end, deep))
        return sides[0], sides[1]

    def average_price(self, symbol: str, now_ms: int) -> Decimal | None:
        """The mean of the latest trades, against which orders are measured; the last price where
        nothing traded."""
        average = self._view.references[symbol].average(now_ms)
        return self._view.markets[symbol].last_price if average is None else average

    async def candles(
        self,
        symbol: str,
        interval: Interval,
        *,
        since_ms: int | None,
        until_ms: int | None,
        limit: int,
    ) -> list[Candle]:
        """Ascending bars that opened from `since_ms` to `until_ms`, both inclusive: the first
        `limit` of them, or the latest when `since_ms` is None. The newest may be unfinished."""
        await self._remember(symbol)
        now_ms = self._clock.now_ms()
        last_ms = now_ms if until_ms is None else min(until_ms, now_ms)
        longest_ms = LONGEST_MONTH_MS if interval is Interval.MONTH else interval.length_ms
        start_ms = since_ms
        if start_ms is None:
            start_ms = max(0, interval.open_ms(last_ms) - (limit - 1) * longest_ms)
        beginning_ms = await self._bars.beginning_ms(symbol)
        if beginning_ms is not None:
            start_ms = max(start_ms, interval.open_ms(beginning_ms))
        # A page needs no more than its own span, however long ago it starts.
        end_ms = min(last_ms, start_ms + (limit + 1) * longest_ms)
        bars = await self._between(symbol, interval, start_ms, end_ms)
        if not bars and since_ms is not None and beginning_ms is None:
            # Long before anything that is known: the first bars that there are.
            first_ms = await self._bars.first_seen_ms(symbol)
            if first_ms is not None and end_ms < first_ms <= last_ms:
                start_ms = interval.open_ms(first_ms)
                end_ms = min(last_ms, start_ms + (limit + 1) * longest_ms)
                bars = await self._between(symbol, interval, start_ms, end_ms)
        current_ms = interval.open_ms(now_ms)
        if interval is Interval.S1:
            bars += _still_seconds(bars, min(end_ms, now_ms))
        elif current_ms <= end_ms and (not bars or bars[-1].open_ms < current_ms):
            bars += await self._current(symbol, interval)
        bars = [bar for bar in bars if start_ms <= bar.open_ms <= last_ms]
        return bars[-limit:] if since_ms is None else bars[:limit]

    def now_ms(self) -> int:
        """The exchange's time."""
        return self._clock.now_ms()

    async def trades(self, symbol: str, wanted: Wanted) -> list[PublicTrade]:
        """Public trades of any time since the beginning, ascending by id."""
        return await self._trades.trades(self._view.markets[symbol], wanted)

    async def aggregates(self, symbol: str, wanted: Wanted) -> list[AggregateTrade]:
        """What orders traded at one price, of any time since the beginning, ascending by id."""
        return await self._trades.aggregates(self._view.markets[symbol], wanted)

    async def span(self, symbol: str, start_ms: int) -> Candle | None:
        """All that traded since `start_ms`, the beginning of a minute, as one bar; None when
        nothing is known of that time."""
        await self._remember(symbol)
        end_ms = self._clock.now_ms()
        live = self._view.markets[symbol].candles(Interval.M1, start_ms, end_ms)
        parts: list[Candle] = []
        if not live or live[0].open_ms > start_ms:
            until_ms = live[0].open_ms if live else end_ms
            hour_ms = min(Interval.H1.first_open_ms(start_ms), until_ms)
            last_hour_ms = max(hour_ms, Interval.H1.open_ms(until_ms))
            for interval, first_ms, last_ms in (
                (Interval.M1, start_ms, hour_ms),
                (Interval.H1, hour_ms, last_hour_ms),
                (Interval.M1, last_hour_ms, until_ms),
            ):
                if first_ms < last_ms:
                    bars = await self._bars.between(symbol, interval, first_ms, last_ms)
                    parts += [bar for bar in bars if first_ms <= bar.open_ms < last_ms]
        parts += live
        return merged(parts) if parts else None

    async def running_bar(self, symbol: str, zoned: Zoned) -> RunningBar:
        """The current bar, to be watched; asks for its beginning where memory does not reach back
        so far."""
        await self._remember(symbol)
        data = self._view.markets[symbol]
        running = data.running_minute
        # The market may be a moment behind the clock.
        now_ms = self._clock.now_ms() if running is None else running.open_ms
        open_ms = zoned.open_ms(now_ms)
        minutes = data.candles(Interval.M1, open_ms)
        if minutes and minutes[0].open_ms == open_ms:
            return RunningBar(data, zoned, None, open_ms)
        begun = await self._begun(symbol, zoned, now_ms)
        return RunningBar(data, zoned, begun, Interval.M1.open_ms(now_ms))

    async def _begun(self, symbol: str, zoned: Zoned, now_ms: int) -> Candle | None:
        """What is over of the bar of that time: all of it before the minute."""
        minute_ms = Interval.M1.open_ms(now_ms)
        open_ms = zoned.open_ms(minute_ms)
        hour_ms = max(open_ms, Interval.H1.open_ms(minute_ms))
        parts: list[Candle] = []
        if open_ms < hour_ms:
            parts += await self._between(symbol, Interval.H1, open_ms, hour_ms - 1)
        if hour_ms < minute_ms:
            parts += await self._between(symbol, Interval.M1, hour_ms, minute_ms - 1)
        over = [bar for bar in parts if open_ms <= bar.open_ms < minute_ms]
        return zoned.aggregate(over)[-1] if over else None

    async def _remember(self, symbol: str) -> None:
        """Of a feed with many markets the minutes before now come when somebody first asks, and
        those to come where trades are told to who looks."""
        if not self._books.prints_all:
            self._books.look(symbol)
        if self._books.is_selective and symbol not in self._remembered:
            # Who asks meanwhile is answered by the feed itself.
            self._remembered.add(symbol)
            if not await self._bars.load_minutes(symbol):
                self._remembered.discard(symbol)

    async def _current(self, symbol: str, interval: Interval) -> list[Candle]:
        """The unfinished bar where memory does not reach back to its beginning."""
        begun = await self._begun(symbol, Zoned(interval), self._clock.now_ms())
        now_ms = self._clock.now_ms()
        minute_ms = Interval.M1.open_ms(now_ms)
        running = self._view.markets[symbol].candles(Interval.M1, minute_ms, now_ms)
        parts = [*([begun] if begun else []), *running]
        return aggregate(parts, interval)[-1:]

    async def _between(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """Bars that opened in these bounds; unfinished only if all of it is in memory."""
        live = self._live(symbol, interval, start_ms, end_ms)
        before_ms = live[0].open_ms if live else end_ms + 1
        if interval.first_open_ms(start_ms) >= before_ms:
            return live
        until_ms = min(before_ms, end_ms + 1)
        older: list[Candle] = []
        for first_ms, last_ms in spans(start_ms, until_ms, SLICE_BARS * interval.length_ms):
            older += await self._bars.between(symbol, interval, first_ms, last_ms)
        now_ms = self._clock.now_ms()
        over = (bar for bar in older if interval.next_open_ms(bar.open_ms) <= now_ms)
        # Only up to the end: a page of long ago must not be filled up to now.
        newer = [bar for bar in live if bar.open_ms <= end_ms]
        return without_gaps([*(bar for bar in over if bar.open_ms < before_ms), *newer], interval)

    def _live(self, symbol: str, interval: Interval, start_ms: int, end_ms: int) -> list[Candle]:
        """Bars in memory from `start_ms` on; none when memory begins only after `end_ms`."""
        data = self._view.markets[symbol]
        if interval is not Interval.S1 and end_ms < (data.first_minute_ms or 0):
            return []
        return data.candles(interval, start_ms, self._clock.now_ms())


def _still_seconds(bars: list[Candle], end_ms: int) -> list[Candle]:
    """The seconds after the last known one in which nothing traded; memory only goes as far as
    the last event."""
    if not bars:
        return []
    last = bars[-1]
    opens = range(last.open_ms + SECOND_MS, end_ms + 1, SECOND_MS)
    return [flat_candle(open_ms, last.close) for open_ms in opens]
