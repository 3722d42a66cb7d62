"""Prices that somebody sets by hand over the admin API: the feed itself is silent."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypersim.feeds.options import FeedOptions
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed, FeedState, FeedStatus

HAS_DEPTH = False


def build(options: FeedOptions) -> Feed:
    """A feed that lists the configured instruments."""
    return ManualFeed(options.instruments, options.clock)


class ManualFeed:
    """See `Feed`. A symbol has no price until one is set."""

    def __init__(self, instruments: Sequence[Instrument], clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock
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

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """Nothing."""
        del symbol, from_id, start_ms, end_ms, limit
        return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """None: what was set is in the record."""
        del symbol
        return None

    def settled_ms(self) -> int:
        """Now: a price comes when it is set."""
        return self._clock.now_ms()

    def add(self, instrument: Instrument) -> None:
        """Any instrument will do: its price is set from outside."""

    def status(self) -> FeedStatus:
        """See `Feed`."""
        state = FeedState.ENDED if self._closed.is_set() else FeedState.LIVE
        return FeedStatus("manual", state, "prices are set over the admin API")

    async def close(self) -> None:
        """See `Feed`."""
        self._closed.set()
