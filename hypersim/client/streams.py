"""`ccxt.pro.hypersim`: the asynchronous class with `watch…` and `unWatch…` on top.

Each subscription has a hash such as `ticker:BTC/USDT`, under which CCXT keeps the future that the
next push resolves.
"""

from typing import Any

from hypersim.client.description import HAS_STREAMS
from hypersim.client.flavours import AsyncHypersim
from hypersim.client.stream_caches import Rows, StreamCaches
from hypersim.client.wire import Data, Params

Symbols = list[str] | None


class ProHypersim(StreamCaches, AsyncHypersim):
    """`ccxt.pro.hypersim`"""

    def describe(self) -> Data:
        """What the exchange is and can do."""
        description: Data = self.deep_extend(
            super().describe(), {"has": dict.fromkeys(HAS_STREAMS, True)}
        )
        return description

    async def watch_ticker(self, symbol: str, params: Params = None) -> Data:
        """The ticker, each time that it changes."""
        await self.load_markets()
        symbol = self.symbol(symbol)
        ticker: Data = await self.listen("ticker", [symbol], params=params)
        return ticker

    async def watch_tickers(self, symbols: Symbols = None, params: Params = None) -> Data:
        """The tickers that changed, by symbol."""
        await self.load_markets()
        wanted = self.market_symbols(symbols)
        ticker = await self.listen("ticker", wanted, params=params)
        if self.newUpdates:
            return {ticker["symbol"]: ticker}
        tickers: Data = self.filter_by_array(self.tickers, "symbol", wanted)
        return tickers

    async def watch_bids_asks(self, symbols: Symbols = None, params: Params = None) -> Data:
        """The best quotes that changed, by symbol."""
        return await self.watch_tickers(symbols, params)

    async def watch_order_book(
        self, symbol: str, limit: int | None = None, params: Params = None
    ) -> Any:
        """The order book, each time that it changes."""
        return await self.watch_order_book_for_symbols([symbol], limit, params)

    async def watch_order_book_for_symbols(
        self, symbols: list[str], limit: int | None = None, params: Params = None
    ) -> Any:
        """The order book that changed."""
        await self.load_markets()
        wanted = self.market_symbols(symbols, None, False)
        more = {} if limit is None else {"limit": limit}
        return await self.listen("depth", wanted, more, params)

    async def watch_trades(
        self,
        symbol: str,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Rows:
        """The public trades that came."""
        return await self.watch_trades_for_symbols([symbol], since, limit, params)

    async def watch_trades_for_symbols(
        self,
        symbols: list[str],
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Rows:
        """The public trades that came for one of the symbols."""
        await self.load_markets()
        wanted = self.market_symbols(symbols, None, False)
        cache = await self.listen("trades", wanted, params=params)
        return self.new_rows(cache, cache[-1]["symbol"], since, limit)

    async def watch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Rows:
        """The candles that changed."""
        symbol = await self._symbol(symbol)
        found = await self.watch_ohlcv_for_symbols([[symbol, timeframe]], since, limit, params)
        candles: Rows = found[symbol][timeframe]
        return candles

    async def watch_ohlcv_for_symbols(
        self,
        symbolsAndTimeframes: list[list[str]],  # noqa: N803 - CCXT's name
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Data:
        """The candles that changed, by symbol and timeframe."""
        await self.load_markets()
        wanted = [(self.symbol(symbol), timeframe) for symbol, timeframe in symbolsAndTimeframes]
        symbol, timeframe, cache = await self.listen_to_candles(wanted, params)
        if self.newUpdates:
            limit = cache.getLimit(symbol, limit)
        candles = self.filter_by_since_limit(cache, since, limit, 0, True)
        return {symbol: {timeframe: candles}}

    async def watch_balance(self, params: Params = None) -> Data:
        """What the account has, each time that it changes."""
        await self.load_markets()
        balance: Data = await self.listen("balances", None, params=params)
        return balance

    async def watch_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Rows:
        """The account's orders that changed."""
        return await self._watch_own("orders", symbol, since, limit, params)

    async def watch_my_trades(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Rows:
        """The account's trades that came."""
        return await self._watch_own("fills", symbol, since, limit, params)

    async def un_watch_ticker(self, symbol: str, params: Params = None) -> Any:
        """Hear of this ticker no more."""
        return await self.un_watch_tickers([symbol], params)

    async def un_watch_tickers(self, symbols: Symbols = None, params: Params = None) -> Any:
        """Hear of these tickers no more; without symbols, end `watch_tickers()` of all."""
        await self.load_markets()
        return await self.stop("ticker", self.market_symbols(symbols), params=params)

    async def un_watch_bids_asks(self, symbols: Symbols = None, params: Params = None) -> Any:
        """The same as `un_watch_tickers`."""
        return await self.un_watch_tickers(symbols, params)

    async def un_watch_order_book(self, symbol: str, params: Params = None) -> Any:
        """Hear of this book no more; `params["limit"]` if it was watched with one."""
        return await self.un_watch_order_book_for_symbols([symbol], params)

    async def un_watch_order_book_for_symbols(
        self, symbols: list[str], params: Params = None
    ) -> Any:
        """Hear of these books no more."""
        await self.load_markets()
        rest = dict(params or {})
        more = {"limit": rest.pop("limit")} if "limit" in rest else {}
        return await self.stop("depth", self.market_symbols(symbols, None, False), more, rest)

    async def un_watch_trades(self, symbol: str, params: Params = None) -> Any:
        """Hear of these trades no more."""
        return await self.un_watch_trades_for_symbols([symbol], params)

    async def un_watch_trades_for_symbols(self, symbols: list[str], params: Params = None) -> Any:
        """Hear of these trades no more."""
        await self.load_markets()
        return await self.stop("trades", self.market_symbols(symbols, None, False), params=params)

    async def un_watch_ohlcv(
        self, symbol: str, timeframe: str = "1m", params: Params = None
    ) -> Any:
        """Hear of these candles no more."""
        return await self.un_watch_ohlcv_for_symbols([[symbol, timeframe]], params)

    async def un_watch_ohlcv_for_symbols(
        self,
        symbolsAndTimeframes: list[list[str]],  # noqa: N803 - CCXT's name
        params: Params = None,
    ) -> Any:
        """Hear of these candles no more."""
        await self.load_markets()
        answers = []
        for symbol, timeframe in symbolsAndTimeframes:
            more = {"interval": self.timeframes[timeframe]}
            answers.append(await self.stop("candles", [self.symbol(symbol)], more, params))
        return answers

    async def un_watch_orders(self, symbol: str | None = None, params: Params = None) -> Any:
        """Hear of the account's orders no more."""
        symbols = None if symbol is None else [await self._symbol(symbol)]
        return await self.stop("orders", symbols, params=params)

    async def un_watch_my_trades(self, symbol: str | None = None, params: Params = None) -> Any:
        """Hear of the account's trades no more."""
        symbols = None if symbol is None else [await self._symbol(symbol)]
        return await self.stop("fills", symbols, params=params)

    async def _symbol(self, symbol: str) -> str:
        await self.load_markets()
        return str(self.symbol(symbol))

    async def _watch_own(
        self,
        channel: str,
        symbol: str | None,
        since: int | None,
        limit: int | None,
        params: Params,
    ) -> Rows:
        await self.load_markets()
        symbol = None if symbol is None else self.symbol(symbol)
        cache = await self.listen(channel, None if symbol is None else [symbol], params=params)
        rows = self.new_rows(cache, symbol, since, limit)
        by_time: Rows = self.sort_by(rows, "timestamp")
        return by_time
