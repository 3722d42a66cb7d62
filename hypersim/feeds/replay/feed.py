"""The replay feed: plays what a library of recordings holds, on the exchange's clock."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice

import msgspec

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.replay.candle_trades import CandleTrades
from hypersim.feeds.replay.candles import CandleSeries
from hypersim.feeds.replay.library import RecordingLibrary, find_recordings, start_of
from hypersim.feeds.replay.skipping import closed_part, in_sum
from hypersim.feeds.replay.source import ReplaySource
from hypersim.feeds.replay.trades import TradeSeries
from hypersim.market.candle import Candle, Interval, flat_candle
from hypersim.market.events import CandleGrew, MarketEvent, MinutesPassed
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import FeedPosition, FeedState, FeedStatus, FeedUnavailable, NotOffered

TRADES_OF_A_MINUTE_MAX = 1_000_000

EVENTS_AHEAD = 500
"""Events that are read ahead, in a thread: the next file takes a second to load."""


class ReplayFeed:
    """See `Feed`. It begins where the recording does, or goes on after what has been played."""

    def __init__(self, options: FeedOptions, source: ReplaySource) -> None:
        self._options = options
        self._clock = options.clock
        self._source = source
        self._library: RecordingLibrary | None = None
        self._position = FeedPosition()
        self._status = FeedStatus("replay", FeedState.STARTING, f"reading {source.path}")
        self._last_event_ms: int | None = None
        self._next_event_ms: int | None = 0
        self._closed = False
        self._candles_end_ms = 0

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        options, source = self._options, self._source
        options.say(f"replay: reading {source.path}")
        self._library = await asyncio.to_thread(self._read)
        symbols = ", ".join(one.symbol for one in self._library.instruments)
        self._note(FeedState.LIVE, f"{symbols} from {source.path}")
        return self._library.instruments

    def _read(self) -> RecordingLibrary:
        options, source = self._options, self._source
        recordings = find_recordings(source.path)
        first_ms = start_of(recordings, source.warmup_minutes)
        self._position = max(FeedPosition(first_ms), options.position)
        self._next_event_ms = self._position.time_ms
        library = RecordingLibrary(recordings, options.instruments, options.say, options.choice)
        library.preload(self._position.time_ms)
        self._candles_end_ms = library.candles_end_ms
        return library

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`. Raises FeedUnavailable at a row that cannot be read."""
        library, start = self._library, self._position
        if library is None:
            raise FeedUnavailable("replay: it was not opened")
        try:
            standing, following = await asyncio.to_thread(
                lambda: library.timeline_before(start.time_ms).begin(start)
            )
            await self._clock.sleep_until(start.time_ms)
            for event in standing:
                yield event
            async for grown in self._minutes_so_far(start):
                yield grown
            async for event in self._ahead(following):
                if not isinstance(event, MinutesPassed):
                    await self._reach(event)
                if self._closed:
                    return
                yield event
        except FeedUnavailable as error:
            self._note(FeedState.ENDED, str(error))
            raise
        self._next_event_ms = None
        self._note(FeedState.ENDED, "the recording is over; its last prices stay")

    async def _ahead(self, following: Iterator[MarketEvent]) -> AsyncIterator[MarketEvent]:
        async for events in _read_ahead(following):
            for event in self._with_sums(events):
                yield event

    async def _reach(self, event: MarketEvent) -> None:
        self._next_event_ms = event.time_ms
        if event.time_ms != self._last_event_ms:
            await self._clock.sleep_until(event.time_ms)
        if not self._closed:
            self._go_past(event)

    def _go_past(self, event: MarketEvent) -> None:
        self._last_event_ms = event.time_ms
        told = self._position.told if event.time_ms == self._position.time_ms else 0
        self._position = FeedPosition(event.time_ms, told + 1)

    def _with_sums(self, events: list[MarketEvent]) -> Sequence[MarketEvent]:
        """What nobody looks at, which is over then, in sum; and the events after that."""
        end = closed_part(events)
        if not end or not self._clock.leaps_to(events[end - 1].time_ms, self._candles_end_ms):
            return events
        skipped = events[:end]
        for event in skipped:
            self._go_past(event)
        return [*in_sum(skipped), *events[end:]]

    async def _minutes_so_far(self, start: FeedPosition) -> AsyncIterator[MarketEvent]:
        """What the trades of the running minute add up to, where the feed goes on within it."""
        if start != self._options.position:
            return
        now_ms = self._clock.now_ms()
        open_ms = Interval.M1.open_ms(now_ms)
        for instrument in self._library.instruments if self._library is not None else ():
            trades = await self.trades(
                instrument.symbol,
                from_id=None,
                start_ms=open_ms,
                end_ms=now_ms + 1,
                limit=TRADES_OF_A_MINUTE_MAX,
            )
            if trades:
                candle = flat_candle(open_ms, trades[0].price)
                for trade in trades:
                    candle = candle.with_public(trade)
                yield CandleGrew(instrument.symbol, now_ms, Interval.M1, candle)

    def position(self) -> FeedPosition:
        """See `Feed`."""
        return self._position

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`. Only what had been recorded before the clock's now."""
        trades = self._trades(symbol)
        series = self._series(symbol, interval)
        if series is None and isinstance(trades, TradeSeries):
            series = trades
        if series is None or start_ms >= end_ms:
            return []
        now_ms = self._clock.now_ms()
        return await asyncio.to_thread(series.history, interval, start_ms, end_ms, now_ms)

    def _series(self, symbol: str, interval: Interval) -> CandleSeries | TradeSeries | None:
        """The longest recorded candles that make such bars, else those that are played."""
        recorded = self._library.series.get(symbol, []) if self._library is not None else []
        serving = [one for one in recorded if one.serves(interval)]
        making = [one for one in serving if one.makes(interval)]
        return making[-1] if making else next(iter(serving), None)

    def _trades(self, symbol: str) -> TradeSeries | CandleTrades | None:
        return self._library.trades.get(symbol) if self._library is not None else None

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`. Up to the clock's now; where only candles were recorded, those that they are
        made of."""
        series = self._trades(symbol)
        if series is None:
            return []
        end_ms = min(end_ms, self._clock.now_ms() + 1)
        return await asyncio.to_thread(series.trades, from_id, start_ms, end_ms, limit)

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        recorded = self._library.series.get(symbol, []) if self._library is not None else []
        trades = self._trades(symbol)
        first_ms = trades.first_ms if trades is not None else None
        return min((series.first_ms for series in recorded), default=first_ms)

    def settled_ms(self) -> int:
        """See `Feed`."""
        now_ms = self._clock.now_ms()
        return now_ms if self._next_event_ms is None else min(now_ms, self._next_event_ms)

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`. What was recorded is listed from the start."""
        recorded = self._library.instruments if self._library is not None else ()
        for instrument in recorded:
            if instrument.symbol == wanted.symbol:
                return instrument
        known = ", ".join(one.symbol for one in recorded)
        raise NotOffered(f"{wanted.symbol}: the recording does not have it, only {known}")

    def add(self, instrument: Instrument) -> None:
        """A recording has the symbols that it has; others stay without a price."""

    def status(self) -> FeedStatus:
        """See `Feed`."""
        return msgspec.structs.replace(self._status, last_event_ms=self._last_event_ms)

    async def close(self) -> None:
        """See `Feed`."""
        self._closed = True
        for series in self._library.trades.values() if self._library is not None else ():
            series.close()
        self._note(FeedState.ENDED, "closed")

    def _note(self, state: FeedState, detail: str) -> None:
        self._status = FeedStatus("replay", state, detail)


async def _read_ahead(played: Iterator[MarketEvent]) -> AsyncIterator[list[MarketEvent]]:
    error: FeedUnavailable | None = None
    while error is None:
        events, error = await asyncio.to_thread(_next_of, played)
        if events:
            yield events
        else:
            break
    if error is not None:
        raise error


def _next_of(played: Iterator[MarketEvent]) -> tuple[list[MarketEvent], FeedUnavailable | None]:
    """The next events, and why there are no more where reading them failed."""
    events: list[MarketEvent] = []
    try:
        for event in islice(played, EVENTS_AHEAD):
            events.append(event)
    except FeedUnavailable as error:
        return events, error
    return events, None
