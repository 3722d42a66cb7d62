"""Prices that somebody sets by hand over the admin API: the feed itself is silent.

Its past is the one that was given to a market, else one that leads up to the first price that was
set: a bot that wants candles before it trades finds them, the same ones at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypersim.feeds.options import FeedOptions, Past
from hypersim.feeds.spot_pairs import chosen, packaged_as
from hypersim.feeds.synthetic.lead_up import LeadUp
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed, FeedState, FeedStatus

HAS_DEPTH = False


def build(options: FeedOptions) -> Feed:
    """A feed that lists the configured instruments."""
    made_up = LeadUp(options)
    pasts = [made_up] if options.given is None else [options.given, made_up]
    return ManualFeed(chosen(options), options.clock, pasts)


class ManualFeed:
    """See `Feed`. A symbol has no price until one is set; its history is told by the first of the
    `pasts` that has any."""

    def __init__(
        self, instruments: Sequence[Instrument], clock: Clock, pasts: Sequence[Past] = ()
    ) -> None:
        self._instruments = instruments
        self._clock = clock
        self._pasts = pasts
        self._served = {one.symbol: one for one in instruments}
        self._closed = asyncio.Event()

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        return self._instruments

    async def events(self) -> AsyncIterator[MarketEvent]:
        """Nothing; returns when the feed is closed."""
        await self._closed.wait()
        nothing: tuple[MarketEvent, ...] = ()
        for event in nothing:
            yield event

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`. Before the first minute; what came later is in the record."""
        past = self._past_of(symbol)
        if past is None:
            return []
        return await past.history(self._served[symbol], interval, start_ms, end_ms)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`. Before the first minute; what came later is in the record."""
        past = self._past_of(symbol)
        if past is None:
            return []
        return await past.trades(
            self._served[symbol], from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
        )

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`. None before a price was set."""
        past = self._past_of(symbol)
        return None if past is None else await past.beginning_ms(self._served[symbol])

    def position(self) -> None:
        """See `Feed`. It tells nothing by itself."""

    def settled_ms(self) -> int:
        """Now: a price comes when it is set."""
        return self._clock.now_ms()

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`. Any symbol will do."""
        return packaged_as(wanted)

    def add(self, instrument: Instrument) -> None:
        """Any instrument will do: its price is set from outside."""
        self._served[instrument.symbol] = instrument

    def status(self) -> FeedStatus:
        """See `Feed`."""
        state = FeedState.ENDED if self._closed.is_set() else FeedState.LIVE
        return FeedStatus("manual", state, "prices are set over the admin API")

    async def close(self) -> None:
        """See `Feed`."""
        self._closed.set()

    def _past_of(self, symbol: str) -> Past | None:
        instrument = self._served.get(symbol)
        if instrument is None:
            return None
        return next((past for past in self._pasts if past.has(instrument)), None)
