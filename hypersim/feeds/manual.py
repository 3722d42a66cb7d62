"""Prices that somebody sets by hand over the admin API: the feed itself is silent."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypersim.feeds.options import FeedOptions
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.service.feed import Feed, FeedState, FeedStatus

HAS_DEPTH = False


def build(options: FeedOptions) -> Feed:
    """A feed that lists the configured instruments."""
    return ManualFeed(options.instruments)


class ManualFeed:
    """See `Feed`. A symbol has no price until one is set."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments
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
    ) -> list[Candle]:
        """Nothing."""
        del symbol, interval, start_ms, end_ms
        return []

    def add(self, instrument: Instrument) -> None:
        """Any instrument will do: its price is set from outside."""

    def status(self) -> FeedStatus:
        """See `Feed`."""
        state = FeedState.ENDED if self._closed.is_set() else FeedState.LIVE
        return FeedStatus("manual", state, "prices are set over the admin API")

    async def close(self) -> None:
        """See `Feed`."""
        self._closed.set()
