"""Brings a feed's events to the engine, and history to the read side."""

import asyncio

import structlog

from hypersim.market.candle import DAY_MS, Interval
from hypersim.market.events import FeedStalled
from hypersim.service.engine import Engine
from hypersim.service.guarded_feed import GuardedFeed, reason_of
from hypersim.service.record import Archive, RecordLost, RecordUnavailable

BACKFILL_MS = 2 * DAY_MS
"""How much minute history is kept in memory."""

log = structlog.get_logger(__name__)


class MarketPump:
    """Connects one feed with the engine."""

    def __init__(self, engine: Engine, feed: GuardedFeed, archive: Archive) -> None:
        self._engine = engine
        self._feed = feed
        self._archive = archive

    async def run(self) -> None:
        """Move the market until the feed ends; the last prices then stay. Those of a feed that
        fails are stale from then on."""
        try:
            async for event in self._feed.events():
                await self._engine.move_market(event)
        except RecordLost:
            # The engine ends with it, and says so.
            return
        except Exception as error:
            # Not the feed's doing, but what it brought cannot be used.
            self._feed.fail(error)
        if not self._feed.has_failed:
            log.info("feed ended", feed=self._feed.status().name)
            return
        now_ms = self._engine.clock.now_ms()
        for symbol in list(self._engine.view.markets):
            await self._engine.move_market(FeedStalled(symbol, now_ms))

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
        """Fetch one market's minutes; a market whose history cannot be used begins without it."""
        end_ms = Interval.M1.open_ms(self._engine.clock.now_ms())
        start_ms = end_ms - BACKFILL_MS
        try:
            minutes = await self._feed.history(symbol, Interval.M1, start_ms, end_ms)
            if not minutes:
                minutes = await self._archive.candles(symbol, start_ms, end_ms)
            self._engine.view.markets[symbol].load_minutes(minutes)
        except RecordUnavailable:
            return
        except Exception as error:
            log.error("no history", symbol=symbol, reason=reason_of(error))
