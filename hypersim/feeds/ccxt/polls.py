"""What is asked of a CCXT exchange again and again: prices, books, trades, closed minutes."""

import asyncio
import contextlib
from typing import Any

from hypersim.feeds.ccxt.calls import CallError, CcxtCalls, named
from hypersim.feeds.ccxt.history import has_candles
from hypersim.feeds.ccxt.market import CcxtMarket
from hypersim.feeds.ccxt.timings import CcxtTimings
from hypersim.feeds.freshness import Freshness
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock


class CcxtPoller:
    """Polls for `markets` (by symbol), which may grow meanwhile."""

    def __init__(
        self,
        markets: dict[str, CcxtMarket],
        calls: CcxtCalls,
        freshness: Freshness,
        timings: CcxtTimings,
        clock: Clock,
        interval_s: float,
        books: BookDemand,
    ) -> None:
        self._markets = markets
        self._calls = calls
        self._freshness = freshness
        self._timings = timings
        self._clock = clock
        self._interval_s = interval_s
        self._books = books
        self._first_looks: dict[str, None] = {}
        self._has_first_look = asyncio.Event()
        self._has_ticker_prices = False
        self._failures = 0

    async def poll_tickers(self) -> None:
        """For ever, all symbols in one call, where the exchange has that."""
        while self._calls.has("fetchTickers"):
            answer = await self._ask("fetch_tickers", named(self._markets))
            tickers = answer if isinstance(answer, dict) else {}
            had_prices = [
                market.take_ticker(tickers[symbol])
                for symbol, market in self._markets.items()
                if symbol in tickers
            ]
            self._has_ticker_prices = self._has_ticker_prices or any(had_prices)
            await asyncio.sleep(self._interval_s)

    async def poll_markets(self) -> None:
        """For ever, one symbol after the other: book, trades, and the ticker if need be. Of many
        markets those that somebody looks at, what is looked at for the first time before all."""
        loop = asyncio.get_running_loop()
        questions = sum(map(self._calls.has, ("fetchOrderBook", "fetchTrades")))
        round_s = len(self._markets) * (1 + questions) * self._calls.pause_ms / 1000
        while True:
            self._expect_round(round_s)
            started_s = loop.time()
            failures = self._failures
            for market in self._looked_at():
                await self._poll_first_looks()
                await self._poll_market(market)
            if self._failures == failures:
                round_s = loop.time() - started_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(started_s + self._interval_s):
                    await self._has_first_look.wait()
            await self._poll_first_looks()

    def bring(self, symbol: str) -> None:
        """Somebody looks at a book that is not there."""
        if symbol in self._markets:
            self._first_looks[symbol] = None
            self._has_first_look.set()

    async def _poll_first_looks(self) -> None:
        self._has_first_look.clear()
        while self._first_looks:
            symbol = next(iter(self._first_looks))
            await self._poll_market(self._markets[symbol])
            self._first_looks.pop(symbol, None)

    def _looked_at(self) -> list[CcxtMarket]:
        """Those whose books are asked for; the others are let go."""
        found: list[CcxtMarket] = []
        for market in self._markets.values():
            kept_s = self._timings.book_kept_s
            if market.is_kept or self._books.is_looked_at(market.symbol, kept_s):
                found.append(market)
            else:
                market.let_book_go()
        return found

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

    async def poll_minutes(self) -> None:
        """For ever, the bars of minutes that are over."""
        grace_ms = int(self._timings.minute_grace_s * 1000)
        while has_candles(self._calls, Interval.M1):
            await asyncio.sleep(self._interval_s)
            closed_ms = self._clock.now_ms() - grace_ms
            for market in list(self._markets.values()):
                since_ms = market.last_minute_ms + MINUTE_MS
                if market.was_looked_at and since_ms + MINUTE_MS <= closed_ms:
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
