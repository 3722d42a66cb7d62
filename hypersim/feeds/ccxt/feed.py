"""The feed itself: what it asks for, and how it is doing."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence

import structlog

from hypersim.feeds.ccxt.calls import CallError, CcxtCalls, new_exchange
from hypersim.feeds.ccxt.history import fetch_history, has_candles
from hypersim.feeds.ccxt.market import CcxtMarket
from hypersim.feeds.ccxt.opening import Opening
from hypersim.feeds.ccxt.polls import CcxtPoller
from hypersim.feeds.ccxt.timings import CcxtTimings
from hypersim.feeds.ccxt.wire import candles
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


class CcxtFeed:
    """See `Feed`. `config` goes to CCXT's constructor, for example other `urls`."""

    def __init__(
        self,
        options: FeedOptions,
        config: Mapping[str, object] | None = None,
        timings: CcxtTimings | None = None,
    ) -> None:
        self._options = options
        self._timings = timings = timings or CcxtTimings()
        self._name = f"ccxt:{options.argument}"
        self._exchange = new_exchange(options.argument, timings.request_s, config or {})
        self._calls = CcxtCalls(
            self._exchange, timings.backoff_first_s, timings.backoff_cap_s, timings.rate_limited_s
        )
        self._opening = Opening(self._name, self._exchange, self._calls, options, timings)
        self._outbox = Outbox()
        self._freshness = Freshness(timings.stale_after_s)
        self._markets: dict[str, CcxtMarket] = {}
        self._poller = CcxtPoller(
            self._markets,
            self._calls,
            self._freshness,
            timings,
            options.clock,
            options.update_interval_ms / 1000,
            options.books,
        )
        self._listed: dict[str, Instrument] = {}
        self._tells_all_prices = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = False

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        try:
            listed = await self._opening.instruments()
            self._tells_all_prices = await self._opening.tells_all_prices(listed)
        except BaseException:
            await self.close()
            raise
        for instrument in listed:
            self._list(instrument)
        return listed

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`."""
        if not self._is_running:
            self._is_running = True
            for symbol in self._listed:
                self._follow(symbol)
            self._spawn(self._poller.poll_tickers())
            self._spawn(self._poller.poll_markets())
            self._spawn(self._poller.poll_minutes())
            self._spawn(self._watch_freshness())
        async for event in self._outbox.events():
            yield event

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`."""
        if not has_candles(self._calls, interval):
            return []
        closed_ms = min(end_ms, self._options.clock.now_ms())
        patience_s = self._timings.history_patience_s
        return await fetch_history(self._calls, symbol, interval, start_ms, closed_ms, patience_s)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed`. None: exchanges show their last page alone, so that every trade seen is in
        the record, under numbers of our own."""
        del symbol, from_id, start_ms, end_ms, limit
        return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`: the first day that the exchange shows."""
        if not has_candles(self._calls, Interval.D1):
            return None
        try:
            rows = await self._calls.call("fetch_ohlcv", symbol, "1d", 0, 1)
            days = candles(rows, Interval.D1)
        except (CallError, ValueError):
            return None
        return days[0].open_ms if days else None

    def position(self) -> None:
        """See `Feed`. What is over is not told again."""

    def settled_ms(self) -> int:
        """See `Feed`. What the venue has to tell comes within `EVENTS_LATE_MS`."""
        return self._options.clock.now_ms() - EVENTS_LATE_MS

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed`."""
        return await self._opening.offer(wanted)

    def add(self, instrument: Instrument) -> None:
        """See `Feed`. A symbol that the exchange does not list stays without prices."""
        symbol = instrument.symbol
        if symbol not in self._exchange.markets:
            # A question that names it would be answered for no symbol.
            self._options.say(f"{symbol} has no prices: {self._name} does not list it")
            self._freshness.follow(symbol, asyncio.get_running_loop().time())
            return
        self._list(instrument)
        if self._is_running:
            # Whoever looks before its book is there waits for it.
            self._options.books.flatten(symbol)
            self._follow(symbol)

    def _list(self, instrument: Instrument) -> None:
        self._listed[instrument.symbol] = instrument
        if self._tells_all_prices and len(self._listed) > self._timings.books_kept_max:
            self._options.books.serve(self._poller.bring, prints_all=False)

    def status(self) -> FeedStatus:
        """See `Feed`. What counts as a reconnect is a poll that works again after failures."""
        notes = [self._calls.trouble or "polls are answered"]
        notes += self._freshness.notes()
        gaps = sum(market.trade_gaps for market in self._markets.values())
        if gaps:
            notes.append(f"trades between {gaps} polls were not all seen")
        if self._outbox.facts_lost:
            notes.append(f"{self._outbox.facts_lost} trades or candles lost to a slow reader")
        if self._freshness.stale_after_s > self._timings.stale_after_s:
            notes.append(f"a round of polls takes long: stale after {self._stale_after()}")
        return FeedStatus(
            self._name,
            self._state(),
            "; ".join(notes),
            self._calls.recoveries,
            self._outbox.last_event_ms,
        )

    def _stale_after(self) -> str:
        return f"{self._freshness.stale_after_s:.0f} s"

    def _state(self) -> FeedState:
        if self._freshness.all_stale:
            return FeedState.STALE
        if not self._freshness.has_prices:
            return FeedState.STARTING
        has_troubles = self._calls.trouble or self._freshness.stale
        return FeedState.DEGRADED if has_troubles else FeedState.LIVE

    async def close(self) -> None:
        """See `Feed`."""
        self._outbox.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._exchange.close()

    def _follow(self, symbol: str) -> None:
        books = self._options.books
        self._markets[symbol] = CcxtMarket(
            symbol,
            self._outbox,
            self._options.clock,
            self._calls.garbage,
            self._price_came,
            books,
            is_kept=not books.is_selective,
        )
        self._freshness.follow(symbol, asyncio.get_running_loop().time())

    def _price_came(self, symbol: str) -> None:
        was_stale = self._freshness.seen(symbol, asyncio.get_running_loop().time())
        if was_stale and len(self._freshness.stale) < NAMED_MAX:
            _log.info("prices are fresh again", symbol=symbol)

    async def _watch_freshness(self) -> None:
        while True:
            await asyncio.sleep(self._timings.stale_check_s)
            fallen = self._freshness.fall_stale(asyncio.get_running_loop().time())
            if fallen:
                names, since_s = ", ".join(fallen[:NAMED_MAX]), self._freshness.stale_after_s
                _log.warning("no fresh price", symbols=names, count=len(fallen), since_s=since_s)
            for symbol in fallen:
                self._outbox.put(FeedStalled(symbol, self._options.clock.now_ms()))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.fail(error)
