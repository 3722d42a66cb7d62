"""Live prices of any exchange that CCXT knows, polled over its public REST interface.

`ccxt:kraken` and so on. Books and trades are asked for symbol by symbol at the exchange's pace;
trades are those that its last page shows at each poll, so a busy market's may have gaps, which are
counted. This feed lives on the wall clock.
"""

import asyncio
import difflib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any

import ccxt.async_support as ccxt_async
import msgspec
import structlog

from hypersim.feeds.ccxt_calls import CallError, CcxtCalls
from hypersim.feeds.ccxt_history import fetch_history
from hypersim.feeds.ccxt_market import CcxtMarket
from hypersim.feeds.ccxt_wire import candles, instrument_from
from hypersim.feeds.freshness import Freshness
from hypersim.feeds.options import FeedOptions
from hypersim.feeds.outbox import Outbox
from hypersim.feeds.venue_time import EVENTS_LATE_MS
from hypersim.market.candle import MINUTE_MS, Candle, Interval
from hypersim.market.events import FeedStalled, MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import Feed, FeedState, FeedStatus, FeedUnavailable

_log = structlog.get_logger()


class CcxtTimings(msgspec.Struct, frozen=True):
    """Every wait of the feed, in seconds of wall time."""

    open_attempts: int = 3
    open_wait_s: float = 5.0
    """An exchange that wants a longer wait before the next attempt is given up."""
    request_s: float = 10.0
    backoff_first_s: float = 1.0
    backoff_cap_s: float = 60.0
    rate_limited_s: float = 60.0
    """How long a limit without a usable Retry-After is obeyed."""
    stale_after_s: float = 10.0
    stale_check_s: float = 0.5
    minute_grace_s: float = 10.0
    """How long after its end a bar may still change."""
    history_patience_s: float = 3.0


IS_LIVE = True


def build(options: FeedOptions) -> Feed:
    """See `hypersim.feeds`. Raises `FeedUnavailable` for an exchange that CCXT does not know."""
    return CcxtFeed(options)


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
        self._exchange = _exchange(options.argument, timings.request_s, config or {})
        self._calls = CcxtCalls(
            self._exchange, timings.backoff_first_s, timings.backoff_cap_s, timings.rate_limited_s
        )
        self._outbox = Outbox()
        self._freshness = Freshness(timings.stale_after_s)
        self._markets: dict[str, CcxtMarket] = {}
        self._listed: tuple[Instrument, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = False
        self._has_ticker_prices = False
        self._failures = 0

    async def open(self) -> Sequence[Instrument]:
        """See `Feed`."""
        try:
            await self._load_markets()
            found = [self._instrument(ours) for ours in self._options.instruments]
            self._listed = tuple(one for one in found if one is not None)
            if not self._listed:
                reason = "it lists none of the instruments"
                raise FeedUnavailable(f"{self._name} cannot serve: {reason}")
        except BaseException:
            await self.close()
            raise
        return self._listed

    async def _load_markets(self) -> None:
        attempt = 1
        while True:
            try:
                if await self._calls.call("load_markets", True):
                    return
                reason = "it lists no markets"
            except CallError as error:
                reason = str(error)
            wait_s = self._calls.wait_s()
            if attempt >= self._timings.open_attempts or wait_s > self._timings.open_wait_s:
                raise FeedUnavailable(f"{self._name} cannot serve: {reason}")
            attempt += 1
            await asyncio.sleep(wait_s)

    def _instrument(self, ours: Instrument) -> Instrument | None:
        market = self._exchange.markets.get(ours.symbol)
        if not isinstance(market, dict) or market.get("spot") is False:
            self._options.say(f"{ours.symbol} is left out: {self._name} does not list it")
            return None
        try:
            return instrument_from(market, ours, self._exchange.precisionMode)
        except ValueError as error:
            self._options.say(f"{ours.symbol} is left out: its filters cannot be used ({error})")
            return None

    async def events(self) -> AsyncIterator[MarketEvent]:
        """See `Feed`."""
        if not self._is_running:
            self._is_running = True
            for instrument in self._listed:
                self._follow(instrument.symbol)
            self._spawn(self._poll_tickers())
            self._spawn(self._poll_markets())
            self._spawn(self._poll_minutes())
            self._spawn(self._watch_freshness())
        async for event in self._outbox.events():
            yield event

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        """See `Feed`."""
        if not self._has_candles(interval):
            return []
        closed_ms = min(end_ms, self._options.clock.now_ms())
        patience_s = self._timings.history_patience_s
        return await fetch_history(self._calls, symbol, interval, start_ms, closed_ms, patience_s)

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """Nothing yet."""
        del symbol, from_id, start_ms, end_ms, limit
        return []

    async def beginning_ms(self, symbol: str) -> int | None:
        """See `Feed`: the first day that the exchange shows."""
        if not self._has_candles(Interval.D1):
            return None
        try:
            rows = await self._calls.call("fetch_ohlcv", symbol, "1d", 0, 1)
            days = candles(rows, Interval.D1)
        except (CallError, ValueError):
            return None
        return days[0].open_ms if days else None

    def settled_ms(self) -> int:
        """See `Feed`. What the venue has to tell comes within `EVENTS_LATE_MS`."""
        return self._options.clock.now_ms() - EVENTS_LATE_MS

    def add(self, instrument: Instrument) -> None:
        """See `Feed`. A symbol that the exchange does not list stays without prices."""
        if not self._is_running:
            self._listed = (*self._listed, instrument)
        elif instrument.symbol in self._exchange.markets:
            self._follow(instrument.symbol)
        else:
            self._options.say(f"{instrument.symbol} has no prices: {self._name} does not list it")
            self._freshness.follow(instrument.symbol, asyncio.get_running_loop().time())

    def status(self) -> FeedStatus:
        """See `Feed`. What counts as a reconnect is a poll that works again after failures."""
        notes = [self._calls.trouble or "polls are answered"]
        notes += [f"no fresh price of {symbol}" for symbol in sorted(self._freshness.stale)]
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
        self._markets[symbol] = CcxtMarket(
            symbol, self._outbox, self._options.clock, self._calls.garbage, self._price_came
        )
        self._freshness.follow(symbol, asyncio.get_running_loop().time())

    def _has_candles(self, interval: Interval) -> bool:
        timeframes = self._exchange.timeframes or {}
        return self._calls.has("fetchOHLCV") and interval.value in timeframes

    @property
    def _interval_s(self) -> float:
        return self._options.update_interval_ms / 1000

    async def _poll_tickers(self) -> None:
        """For ever, all symbols in one call, where the exchange has that."""
        while self._calls.has("fetchTickers"):
            answer = await self._ask("fetch_tickers", list(self._markets))
            tickers = answer if isinstance(answer, dict) else {}
            had_prices = [
                market.take_ticker(tickers[symbol])
                for symbol, market in self._markets.items()
                if symbol in tickers
            ]
            self._has_ticker_prices = self._has_ticker_prices or any(had_prices)
            await asyncio.sleep(self._interval_s)

    async def _poll_markets(self) -> None:
        """For ever, one symbol after the other: book, trades, and the ticker if need be."""
        loop = asyncio.get_running_loop()
        questions = sum(map(self._calls.has, ("fetchOrderBook", "fetchTrades")))
        round_s = len(self._markets) * (1 + questions) * self._exchange.rateLimit / 1000
        while True:
            self._expect_round(round_s)
            started_s = loop.time()
            failures = self._failures
            for market in list(self._markets.values()):
                await self._poll_market(market)
            if self._failures == failures:
                round_s = loop.time() - started_s
            await asyncio.sleep(max(0.0, started_s + self._interval_s - loop.time()))

    def _expect_round(self, round_s: float) -> None:
        """Where quotes come only symbol by symbol, a price is not stale before its turn comes."""
        least_s = 0.0 if self._has_ticker_prices else 2.5 * round_s
        self._freshness.stale_after_s = max(self._timings.stale_after_s, least_s)

    async def _poll_market(self, market: CcxtMarket) -> None:
        if self._calls.has("fetchOrderBook"):
            book = await self._ask("fetch_order_book", market.symbol)
            if isinstance(book, dict):
                market.take_book(book)
        if self._calls.has("fetchTrades"):
            trades = await self._ask("fetch_trades", market.symbol)
            if isinstance(trades, list):
                market.take_trades(trades)
        if not self._calls.has("fetchTickers") and self._calls.has("fetchTicker"):
            ticker = await self._ask("fetch_ticker", market.symbol)
            if isinstance(ticker, dict):
                market.take_ticker(ticker)

    async def _poll_minutes(self) -> None:
        """For ever, the bars of minutes that are over."""
        grace_ms = int(self._timings.minute_grace_s * 1000)
        while self._has_candles(Interval.M1):
            await asyncio.sleep(self._interval_s)
            closed_ms = self._options.clock.now_ms() - grace_ms
            for market in list(self._markets.values()):
                since_ms = market.last_minute_ms + MINUTE_MS
                if since_ms + MINUTE_MS <= closed_ms:
                    rows = await self._ask("fetch_ohlcv", market.symbol, "1m", since_ms)
                    market.take_bars(rows if isinstance(rows, list) else [], closed_ms)

    async def _ask(self, method: str, *arguments: object) -> Any:
        """The answer, or None after a failure and the wait that it asks for."""
        try:
            return await self._calls.call(method, *arguments)
        except CallError:
            self._failures += 1
            await asyncio.sleep(self._calls.wait_s())
            return None

    def _price_came(self, symbol: str) -> None:
        if self._freshness.seen(symbol, asyncio.get_running_loop().time()):
            _log.info("prices are fresh again", symbol=symbol)

    async def _watch_freshness(self) -> None:
        while True:
            await asyncio.sleep(self._timings.stale_check_s)
            for symbol in self._freshness.fall_stale(asyncio.get_running_loop().time()):
                _log.warning("no fresh price", symbol=symbol, since_s=self._freshness.stale_after_s)
                self._outbox.put(FeedStalled(symbol, self._options.clock.now_ms()))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.fail(error)


def _exchange(name: str, request_s: float, config: Mapping[str, object]) -> Any:
    if name not in ccxt_async.exchanges:
        close = difflib.get_close_matches(name, ccxt_async.exchanges)
        hint = f"did you mean {' or '.join(close)}?" if close else "for example ccxt:kraken"
        raise FeedUnavailable(f"CCXT knows no exchange {name!r}; {hint}")
    ours: dict[str, object] = {
        "enableRateLimit": True,
        "timeout": int(request_s * 1000),
        # Numbers stay the texts that the exchange sent.
        "number": str,
        "options": {"defaultType": "spot"},
    }
    return getattr(ccxt_async, name)({**ours, **config})
