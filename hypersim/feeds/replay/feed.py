"""The replay feed: plays what a library of recordings holds, on the exchange's clock."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.replay.library import RecordingLibrary, find_recordings, start_of
from hypersim.feeds.replay.source import ReplaySource
from hypersim.market.candle import DAY_MS, Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import FeedState, FeedStatus, FeedUnavailable


class ReplayFeed:
    """See `Feed`."""

    def __init__(self, options: FeedOptions, source: ReplaySource) -> None:
        self._options = options
        self._clock = options.clock
        self._source = source
        self._library: RecordingLibrary | None = None
        self._start_ms = 0
        self._status = FeedStatus("replay", FeedState.STARTING, f"reading {source.path}")
        self._last_event_ms: int | None = None
        self._next_event_ms: int | None = 0
        self._closed = False

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        options, source = self._options, self._source
        options.say(f"replay: reading {source.path}")
        recordings = await asyncio.to_thread(find_recordings, source.path)
        self._start_ms = await asyncio.to_thread(start_of, recordings, source.warmup_minutes)
        self._library = RecordingLibrary(recordings, options.instruments, options.say)
        await asyncio.to_thread(self._library.preload)
        symbols = ", ".join(one.symbol for one in self._library.instruments)
        self._note(FeedState.LIVE, f"{symbols} from {source.path}")
        return self._library.instruments

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`. Raises FeedUnavailable at a row that cannot be read."""
        if self._library is None:
            raise FeedUnavailable("replay: it was not opened")
        try:
            for event in self._library.timeline().events(self._start_ms):
                self._next_event_ms = event.time_ms
                if event.time_ms != self._last_event_ms:
                    await self._clock.sleep_until(event.time_ms)
                if self._closed:
                    break
                self._last_event_ms = event.time_ms
                yield event
        except FeedUnavailable as error:
            self._note(FeedState.ENDED, str(error))
            raise
        self._next_event_ms = None
        self._note(FeedState.ENDED, "the recording is over")

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`. Only what had been recorded before the clock's now."""
        recorded = self._library.series.get(symbol, []) if self._library is not None else []
        fitting = [one for one in recorded if _makes(one.interval, interval)]
        now_ms = self._clock.now_ms()
        if not fitting or start_ms >= end_ms:
            return []
        return await asyncio.to_thread(fitting[-1].history, interval, start_ms, end_ms, now_ms)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """Nothing yet."""
        del symbol, from_id, start_ms, end_ms, limit
        return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        recorded = self._library.series.get(symbol, []) if self._library is not None else []
        return min((series.first_ms for series in recorded), default=None)

    def settled_ms(self) -> int:
        """See `Feed`."""
        now_ms = self._clock.now_ms()
        return now_ms if self._next_event_ms is None else min(now_ms, self._next_event_ms)

    def add(self, instrument: Instrument) -> None:
        """A recording has the symbols that it has; others stay without a price."""

    def status(self) -> FeedStatus:
        """See `Feed`."""
        return msgspec.structs.replace(self._status, last_event_ms=self._last_event_ms)

    async def close(self) -> None:
        """See `Feed`."""
        self._closed = True
        self._note(FeedState.ENDED, "closed")

    def _note(self, state: FeedState, detail: str) -> None:
        self._status = FeedStatus("replay", state, detail)


def _makes(recorded: Interval, wanted: Interval) -> bool:
    """Whether candles of `wanted` can be put together from recorded ones."""
    if recorded is wanted:
        return True
    return recorded.length_ms <= DAY_MS and (
        wanted.length_ms > recorded.length_ms and wanted.length_ms % recorded.length_ms == 0
    )
