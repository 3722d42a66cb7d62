"""Brings a feed's events to the engine, and history to the read side."""

import asyncio

import structlog

from hypersim.market.candle import DAY_MS, Interval
from hypersim.service.engine import Engine
from hypersim.service.feed import Feed, FeedUnavailable
from hypersim.service.record import Archive, RecordUnavailable

BACKFILL_MS = 2 * DAY_MS
"""How much minute history is kept in memory."""

log = structlog.get_logger(__name__)


class MarketPump:
    """Connects one feed with the engine."""

    def __init__(self, engine: Engine, feed: Feed, archive: Archive) -> None:
        self._engine = engine
        self._feed = feed
        self._archive = archive

    async def run(self) -> None:
        """Move the market until the feed ends, or fails for good; the last prices then stay."""
        try:
            async for event in self._feed.events():
                await self._engine.move_market(event)
        except FeedUnavailable as unavailable:
            log.error("feed failed", reason=str(unavailable))
        log.info("feed ended", feed=self._feed.status().name)

    async def has_prices(self) -> None:
        """Return once every market has a quote."""
        subscription = self._engine.bus.subscribe()
        try:
            while not all(data.bids and data.asks for data in self._engine.view.markets.values()):
                await subscription.next_events()
        finally:
            subscription.close()

    async def backfill(self) -> None:
        """Fetch the minutes before now for every market, from the feed or else from the record."""
        async with asyncio.TaskGroup() as tasks:
            for symbol in list(self._engine.view.markets):
                tasks.create_task(self.backfill_one(symbol))

    async def backfill_one(self, symbol: str) -> None:
        """Fetch one market's minutes."""
        end_ms = Interval.M1.open_ms(self._engine.clock.now_ms())
        start_ms = end_ms - BACKFILL_MS
        minutes = await self._feed.history(symbol, Interval.M1, start_ms, end_ms)
        if not minutes:
            try:
                minutes = await self._archive.candles(symbol, start_ms, end_ms)
            except RecordUnavailable:
                return
        self._engine.view.markets[symbol].load_minutes(minutes)
