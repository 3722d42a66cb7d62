"""The feed itself: what it listens to, what it asks, and how it is doing."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence

import structlog

from hypersim.feeds.binance.api import BinanceApi
from hypersim.feeds.binance.history import fetch_history, numbered
from hypersim.feeds.binance.lines import Lines
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.minutes import keep_minute
from hypersim.feeds.binance.opening import Opening
from hypersim.feeds.binance.polls import Poller
from hypersim.feeds.binance.rest import BinanceRest, RestError
from hypersim.feeds.binance.resync import keep_book
from hypersim.feeds.binance.shelf import BookShelf
from hypersim.feeds.binance.streams import stream_url
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.trades import BinanceTrades, fetch_beginning_ms
from hypersim.feeds.freshness import NAMED_MAX, Freshness
from hypersim.feeds.options import FeedOptions
from hypersim.feeds.outbox import Outbox
from hypersim.feeds.venue_time import EVENTS_LATE_MS
from hypersim.market.candle import Candle, Interval
from hypersim.market.events import FeedStalled, MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import FeedState, FeedStatus

_log = structlog.get_logger()


class BinanceFeed:
    """See `Feed`."""

    def __init__(
        self,
        options: FeedOptions,
        timings: BinanceTimings | None = None,
        facts_max: int | None = None,
    ) -> None:
        self._options = options
        self._timings = timings = timings or BinanceTimings()
        self._clock = options.clock
        self._rest = BinanceRest(options.binance_api_url, timings, options.clock)
        self._api = BinanceApi(self._rest, timings)
        self._opening = Opening(self._api, options, timings)
        self._trades = BinanceTrades(self._api)
        self._outbox = Outbox() if facts_max is None else Outbox(facts_max)
        self._freshness = Freshness(timings.stale_after_s)
        self._markets: dict[str, SymbolMarket] = {}
        self._lines = Lines(
            stream_url(options.binance_api_url), self._markets, timings, self._spawn
        )
        self._books = options.books
        self._shelf = BookShelf(self._markets, self._lines, self._books, timings)
        self._keeps_books = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._listed: dict[str, Instrument] = {}
        self._is_running = False

    async def open(
        self, timeout_s: float | None = None, *, retry_unreachable: bool = True
    ) -> Sequence[Instrument]:
        """See `Feed` and `Opening`."""
        try:
            listed = await self._opening.instruments(timeout_s, retry_unreachable=retry_unreachable)
        except BaseException:
            await self.close()
            raise
        for instrument in listed:
            self._list(instrument)
        return listed

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`."""
        self._start()
        async for event in self._outbox.events():
            yield event

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`."""
        id_ = symbol.replace("/", "")
        bars = await fetch_history(
            self._api,
            id_,
            interval,
            start_ms,
            end_ms,
            now_ms=self._clock.now_ms(),
            patience_s=self._timings.history_patience_s,
        )
        return await numbered(bars, self._trades, id_, interval)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`."""
        instrument = self._listed.get(symbol)
        if instrument is None:
            return []
        return await self._trades.trades(
            instrument, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=limit
        )

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`."""
        return await fetch_beginning_ms(self._api, symbol.replace("/", ""))

    def position(self) -> None:
        """See `Feed`. What is over is not told again."""

    def settled_ms(self) -> int:
        """See `Feed`. What the venue has to tell comes within `EVENTS_LATE_MS`."""
        return self._clock.now_ms() - EVENTS_LATE_MS

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`."""
        return await self._opening.offer(wanted)

    def add(self, instrument: Instrument) -> None:
        """See `Feed`. A symbol that Binance does not list stays without prices, and is said so."""
        self._list(instrument)
        if self._is_running:
            # Whoever looks before its book is there waits for it.
            self._books.flatten(instrument.symbol)
            self._spawn(self._admit(instrument))

    def _list(self, instrument: Instrument) -> None:
        self._listed[instrument.symbol] = instrument
        if len(self._listed) > self._timings.books_kept_max:
            self._books.serve(self._shelf.bring, prints_all=True)

    def status(self) -> FeedStatus:
        """See `Feed`."""
        troubles = [part for part in (self._rest.trouble, *self._lines.troubles) if part]
        notes = self._freshness.notes()
        if self._outbox.facts_lost:
            notes.append(f"{self._outbox.facts_lost} trades or candles lost to a slow reader")
        if self._lines.garbage_count:
            notes.append(f"{self._lines.garbage_count} unreadable frames skipped")
        return FeedStatus(
            "binance",
            self._state(bool(troubles)),
            "; ".join([*(troubles or ["streams and REST are up"]), *notes]),
            self._lines.reconnects,
            self._outbox.last_event_ms,
        )

    def _state(self, has_troubles: bool) -> FeedState:
        if self._freshness.all_stale:
            return FeedState.STALE
        if not self._freshness.has_prices:
            return FeedState.STARTING
        return FeedState.DEGRADED if has_troubles or self._freshness.stale else FeedState.LIVE

    async def close(self) -> None:
        """See `Feed`."""
        self._outbox.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for market in self._markets.values():
            market.stop()
        await self._rest.close()

    def _start(self) -> None:
        if self._is_running:
            return
        self._is_running = True
        self._keeps_books = len(self._listed) <= self._timings.books_kept_max
        for instrument in self._listed.values():
            self._follow(instrument)
        interval_s = self._options.update_interval_ms / 1000
        poller = Poller(self._markets, self._api, self._timings, interval_s)
        self._spawn(poller.poll_prices())
        self._spawn(poller.close_minutes())
        self._spawn(self._watch_freshness())
        self._spawn(self._shelf.tidy())

    def _follow(self, instrument: Instrument) -> None:
        """Expect prices of the instrument, from the streams and from REST."""
        if instrument.id in self._markets:
            return
        is_kept = self._keeps_books and len(self._markets) < self._timings.books_kept_max
        market = SymbolMarket(
            instrument,
            self._outbox,
            self._clock,
            self._timings,
            self._price_came,
            self._books,
            is_kept=is_kept,
        )
        self._markets[market.id] = market
        self._freshness.follow(market.symbol, asyncio.get_running_loop().time())
        self._spawn(keep_book(market, self._api, self._timings))
        if market.is_kept:
            minutes = keep_minute(market.minutes, market.id, self._api, self._clock, self._timings)
            self._spawn(minutes)
        else:
            self._books.flatten(market.symbol)
        self._lines.follow(market)
        if self._books.is_looked_at(market.symbol, self._timings.book_kept_s):
            self._shelf.bring(market.symbol)

    async def _admit(self, instrument: Instrument) -> None:
        """Ask whether Binance lists the instrument: a symbol that it does not know would spoil the
        polls of all others."""
        self._freshness.follow(instrument.symbol, asyncio.get_running_loop().time())
        while True:
            try:
                venue = await self._api.symbols([instrument.id])
                break
            except RestError:
                await asyncio.sleep(max(self._timings.resync_pause_s, self._rest.wait_s()))
        if instrument.id in venue:
            self._follow(instrument)
        else:
            self._options.say(f"{instrument.symbol} has no prices: Binance does not list it")

    def _price_came(self, symbol: str) -> None:
        was_stale = self._freshness.seen(symbol, asyncio.get_running_loop().time())
        if was_stale and len(self._freshness.stale) < NAMED_MAX:
            _log.info("prices are fresh again", symbol=symbol)

    async def _watch_freshness(self) -> None:
        while True:
            await asyncio.sleep(self._timings.stale_check_s)
            fallen = self._freshness.fall_stale(asyncio.get_running_loop().time())
            if fallen:
                names, since_s = ", ".join(fallen[:NAMED_MAX]), self._timings.stale_after_s
                _log.warning("no fresh price", symbols=names, count=len(fallen), since_s=since_s)
            for symbol in fallen:
                self._outbox.put(FeedStalled(symbol, self._clock.now_ms()))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.fail(error)
