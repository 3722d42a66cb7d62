"""What `watch…` keeps of what was pushed, in CCXT's caches."""

from typing import Any

from ccxt.async_support.base.ws.cache import (
    ArrayCache,
    ArrayCacheBySymbolById,
    ArrayCacheByTimestamp,
)

from hypersim.client.stream_wire import StreamWire
from hypersim.client.wire import Data

Rows = list[Any]


class StreamCaches(StreamWire):
    """Each `take_…` stores one push and returns what its `watch…` method resolves to."""

    orders: Any
    myTrades: Any  # noqa: N815 - CCXT's name

    def take_ticker(self, symbol: str, data: Data) -> Any:
        """A pushed ticker."""
        ticker = self.parse_ticker(data)
        self.tickers[symbol] = self.bidsasks[symbol] = ticker
        return ticker

    def take_depth(self, symbol: str, data: Data) -> Any:
        """A pushed book."""
        self.orderbooks[symbol] = self.order_book(self.parse_book(data, symbol))
        return self.orderbooks[symbol]

    def take_trade(self, symbol: str, data: Data) -> Any:
        """A pushed public trade."""
        if symbol not in self.trades:
            self.trades[symbol] = ArrayCache(self.safe_integer(self.options, "tradesLimit", 1000))
        self.trades[symbol].append(self.parse_trade(data))
        return self.trades[symbol]

    def take_candle(self, symbol: str, timeframe: str, data: list[Any]) -> Any:
        """A pushed candle."""
        kept = self.ohlcvs.setdefault(symbol, {})
        if timeframe not in kept:
            kept[timeframe] = ArrayCacheByTimestamp(
                self.safe_integer(self.options, "OHLCVLimit", 1000)
            )
        kept[timeframe].append(self.parse_ohlcv(data))
        return symbol, timeframe, kept[timeframe]

    def take_order(self, data: Data) -> Any:
        """A pushed order of the account."""
        if self.orders is None:
            limit = self.safe_integer(self.options, "ordersLimit", 1000)
            self.orders = ArrayCacheBySymbolById(limit)
        self.orders.append(self.parse_order(data))
        return self.orders

    def take_fill(self, data: Data) -> Any:
        """A pushed trade of the account."""
        if self.myTrades is None:
            limit = self.safe_integer(self.options, "tradesLimit", 1000)
            self.myTrades = ArrayCacheBySymbolById(limit)
        self.myTrades.append(self.parse_trade(data))
        return self.myTrades

    def take_balance(self, data: Data) -> Any:
        """The account's pushed balance, whole."""
        self.balance = self.parse_balance(data)
        return self.balance

    def new_rows(
        self, cache: Any, symbol: str | None, since: int | None, limit: int | None
    ) -> Rows:
        """What came since the last look, or whatever is kept when `newUpdates` is off."""
        if self.newUpdates:
            limit = cache.getLimit(symbol, limit)
        rows: Rows = self.filter_by_symbol_since_limit(cache, symbol, since, limit, True)
        return rows
