"""Brings a feed's events to the engine, and history to the read side."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from hypersim.market.candle import Interval
from hypersim.market.data import MarketData
from hypersim.market.events import FeedStalled
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.book_demand import BookDemand
from hypersim.service.engine import Engine
from hypersim.service.feed import FeedPosition
from hypersim.service.guarded_feed import GuardedFeed, reason_of
from hypersim.service.held import HeldMarkets
from hypersim.service.past_bars import RECORDED_MAX, PastBars
from hypersim.service.past_trades import PastTrades, Wanted
from hypersim.service.record import Archive, LastMinute, RecordLost, RecordUnavailable
from hypersim.service.transaction import Source
from hypersim.trading.commands import ListInstrument

ALIGN_S = 5.0
"""How long the start waits for the numbers of a feed's past trades."""

HOLD_BOOKS_S = 20.0
"""How often a book in which somebody has orders is looked at: a feed keeps it longer than that."""

FEW_MARKETS = 100
"""So many have their past a moment after the start; who has more of them need not wait for it."""

AT_ONCE = 16
"""Markets whose past is looked for at the same time."""

log = structlog.get_logger(__name__)


class MarketPump:
    """Connects one feed with the engine."""

    def __init__(
        self,
        engine: Engine,
        feed: GuardedFeed,
        archive: Archive,
        books: BookDemand | None = None,
    ) -> None:
        self._engine = engine
        self._feed = feed
        self._archive = archive
        self.held = HeldMarkets()
        self._books = books or BookDemand()
        engine.lag.told_ms = feed.settled_ms
        self._trades = PastTrades(feed, archive)
        self._bars = PastBars(engine.view, feed, archive, self._trades, engine.clock)

    async def run(self) -> None:
        """Move the market until the feed ends; the last prices then stay. Those of a feed that
        fails are stale from then on."""
        told = self._feed.position()
        try:
            async for event in self._feed.events():
                brings_book = self._books.is_awaited(event)
                position = self._feed.position()
                # How a market stood when the exchange was stopped has met its orders by then.
                is_over = position is not None and position == told
                told = position
                at = position or FeedPosition(event.time_ms)
                if not self.held.hides(event):
                    await self._engine.move_market(event, at, meets_orders=not is_over)
                if brings_book:
                    await self._engine.settled()
                    self._books.arrived(event.symbol)
        except RecordLost:
            # The engine ends with it, and says so.
            return
        except Exception as error:
            # Not the feed's doing, but what it brought cannot be used.
            self._feed.fail(error)
        # Nothing more will come of any time.
        self._engine.lag.told_ms = self._engine.clock.now_ms
        if not self._feed.has_failed:
            log.info("feed ended", feed=self._feed.status().name)
            return
        now_ms = self._engine.clock.now_ms()
        for symbol in list(self._engine.view.markets):
            await self._engine.move_market(FeedStalled(symbol, now_ms))

    async def hold_books(self) -> None:
        """For ever, by the wall's clock, as the books of live feeds are: what is open in a market
        is matched against its whole book."""
        while True:
            fills = self._engine.rules.fills
            for symbol, market in self._engine.exchange.state.markets.items():
                if self._books.is_selective and market.needs_levels(fills):
                    self._books.look(symbol)
            await asyncio.sleep(HOLD_BOOKS_S)

    async def list_market(self, instrument: Instrument) -> None:
        """List a market, or change one; the feed serves a new one from then on."""
        is_new = instrument.symbol not in self._engine.view.instruments
        await self._engine.submit(ListInstrument(instrument), Source.ADMIN)
        if not is_new:
            return
        self._feed.add(instrument)
        if not self._books.is_selective:
            await self.backfill_one(instrument.symbol)

    @property
    def has_few_markets(self) -> bool:
        """Whether their past is there in a moment."""
        return len(self._engine.view.markets) <= FEW_MARKETS

    async def has_prices(self) -> None:
        """Return once every market has a quote."""
        subscription = self._engine.bus.subscribe()
        without = list(self._engine.view.markets.values())
        try:
            while without := [data for data in without if not (data.bids and data.asks)]:
                await subscription.next()
        finally:
            subscription.close()

    async def resume(self) -> None:
        """Before the first event: go on where the record of each market ends, under the numbers
        that the feed's past trades leave off with. A venue with many markets is not asked about
        each: its first print tells the number."""
        for last in await self._last_minutes():
            data = self._engine.view.markets.get(last.symbol)
            if data is not None:
                data.resume(last.minute, last.end)
                await self._recall_users(data, last)
                # What ended while nobody was here is history, which the feed may know better.
                data.pass_time(self._engine.clock.now_ms())
        if self._books.is_selective:
            return
        with contextlib.suppress(TimeoutError):
            # Of the wall's time, which a live feed needs.
            async with asyncio.timeout(ALIGN_S):
                await self._for_each(self._go_on)

    async def _recall_users(self, data: MarketData, last: LastMinute) -> None:
        """What users traded in the minute that was running, of which the feed may tell its part."""
        if last.minute is None or last.end.trade_id == last.end.feed_id:
            return
        try:
            recorded = await self._archive.public_trades(
                data.symbol,
                from_id=None,
                start_ms=last.minute.open_ms,
                end_ms=Interval.M1.next_open_ms(last.minute.open_ms),
                limit=RECORDED_MAX,
            )
            if recorded:
                first_id = recorded[0].id
                before = await self._archive.public_trade_before(data.symbol, trade_id=first_id)
                data.recall_users(recorded, before)
        except RecordUnavailable:
            return

    async def _go_on(self, symbol: str) -> None:
        last = await self.align(symbol)
        data = self._engine.view.markets[symbol]
        end = data.end
        if last is not None and end.trade_id == end.feed_id != last.id:
            # The record ends within the running minute, and with what the feed tells again.
            now_ms = self._engine.clock.now_ms()
            last = await self._one_of_feed(symbol, from_id=end.feed_id, end_ms=now_ms + 1)
        if last is not None and end.trade_id == end.feed_id == last.id:
            data.recall(last)
        else:
            await self._recall(symbol)

    async def _recall(self, symbol: str) -> None:
        """What was traded last, before anybody has traded here again."""
        data = self._engine.view.markets[symbol]
        last_id = data.last_trade_id
        if last_id > 0:
            found = await self._trades.trades(data, Wanted(from_id=last_id, limit=1))
            if found and found[0].id == last_id:
                data.recall(found[0])

    async def _last_minutes(self) -> list[LastMinute]:
        try:
            return await self._archive.last_minutes()
        except RecordUnavailable:
            return []

    async def align(self, symbol: str) -> PublicTrade | None:
        """Number one market's next trades after the feed's past ones; returns the last of those
        before the running minute, with which the feed begins again."""
        now_ms = self._engine.clock.now_ms()
        ends = []
        for end_ms in (Interval.M1.open_ms(now_ms), now_ms + 1):
            end = await self._one_of_feed(symbol, end_ms=end_ms)
            if end is None:
                return None
            ends.append(end)
        self._engine.view.markets[symbol].align(*(trade.id for trade in ends))
        return ends[0]

    async def _one_of_feed(
        self, symbol: str, *, from_id: int | None = None, end_ms: int
    ) -> PublicTrade | None:
        """The feed's first trade from this id on, or its last one."""
        trades = await self._feed.trades(
            symbol, from_id=from_id, start_ms=None, end_ms=end_ms, limit=1
        )
        return trades[0] if trades else None

    async def backfill(self) -> None:
        """Fetch the minutes before now for every market, from the feed or else from the record. Of
        a venue with many markets they are asked for when somebody wants them. Prices go first where
        all cannot be there in a moment."""
        if self._books.is_selective:
            return
        if not self.has_few_markets:
            await self.has_prices()
        await self._for_each(self.backfill_one)

    async def _for_each(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Do it for every market, some at a time; those of one asset one after the other, as a feed
        may find them by what it knows of the asset."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def do(symbol: str) -> None:
            async with turns:
                await work(symbol)

        async with asyncio.TaskGroup() as tasks:
            for symbol in sorted(self._engine.view.markets):
                tasks.create_task(do(symbol))

    async def backfill_one(self, symbol: str) -> None:
        """Fetch one market's minutes; a market whose history cannot be used begins without it."""
        try:
            await self._bars.load_minutes(symbol)
        except Exception as error:
            log.error("no history", symbol=symbol, reason=reason_of(error))
