"""Unified methods for market data. Each is a `Flow`; `flavours` makes callables of them."""

from typing import Any

from hypersim.client.parsing import Parsing
from hypersim.client.steps import Flow, LoadMarkets, get, given
from hypersim.client.wire import Data, Params

Symbols = list[str] | None


class MarketMethods(Parsing):
    """What anybody may ask."""

    def fetch_time(self, params: Params = None) -> Flow[int]:
        """The exchange's time in ms."""
        answer = yield get("time", dict(params or {}))
        return int(answer["timestamp"])

    def load_time_difference(self, params: Params = None) -> Flow[int]:
        """How many ms this computer's clock is ahead; requests are stamped accordingly."""
        answer = yield get("time", dict(params or {}))
        difference = self.milliseconds() - answer["timestamp"]
        self.options["timeDifference"] = difference
        return int(difference)

    def fetch_status(self, params: Params = None) -> Flow[Data]:
        """Whether prices flow."""
        answer = yield get("time", dict(params or {}))
        return self.parse_status(answer)

    def fetch_markets(self, params: Params = None) -> Flow[list[Data]]:
        """All markets."""
        if self.options["adjustForTimeDifference"]:
            answer = yield get("time", {})
            self.options["timeDifference"] = self.milliseconds() - answer["timestamp"]
        answer = yield get("markets", dict(params or {}))
        return [self.parse_market(market) for market in answer]

    def fetch_currencies(self, params: Params = None) -> Flow[Data]:
        """All assets that any market trades."""
        answer = yield get("markets", dict(params or {}))
        return self.parse_currencies(answer)

    def fetch_ticker(self, symbol: str, params: Params = None) -> Flow[Data]:
        """One market's last 24 hours and best quote."""
        yield LoadMarkets()
        market = self.market(symbol)
        answer = yield get("ticker/{symbol}", {"symbol": market["id"], **(params or {})})
        return self.parse_ticker(answer, market)

    def fetch_tickers(self, symbols: Symbols = None, params: Params = None) -> Flow[Data]:
        """Tickers by symbol, of all markets or of some."""
        return (yield from self._tickers(symbols, params))

    def fetch_bids_asks(self, symbols: Symbols = None, params: Params = None) -> Flow[Data]:
        """Best quotes by symbol, of all markets or of some."""
        return (yield from self._tickers(symbols, params))

    def fetch_last_prices(self, symbols: Symbols = None, params: Params = None) -> Flow[Data]:
        """Last prices by symbol, of all markets or of some."""
        yield LoadMarkets()
        answer = yield get("tickers", self._named(symbols, params))
        prices: Data = self.parse_last_prices(answer, symbols)
        return prices

    def fetch_order_book(
        self, symbol: str, limit: int | None = None, params: Params = None
    ) -> Flow[Data]:
        """The order book, whole or cut to `limit` levels a side."""
        yield LoadMarkets()
        market = self.market(symbol)
        wanted = given(symbol=market["id"], limit=limit)
        answer = yield get("depth/{symbol}", {**wanted, **(params or {})})
        return self.parse_book(answer, market["symbol"])

    def fetch_trades(
        self,
        symbol: str,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """Recent public trades."""
        yield LoadMarkets()
        market = self.market(symbol)
        wanted = given(symbol=market["id"], since=since, limit=limit)
        answer = yield get("trades/{symbol}", {**wanted, **(params or {})})
        trades: list[Data] = self.parse_trades(answer, market, since, limit)
        return trades

    def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[list[Any]]]:
        """Candles, the unfinished one last; `params["until"]` bounds them."""
        yield LoadMarkets()
        market = self.market(symbol)
        interval = self.safe_string(self.timeframes, timeframe, timeframe)
        wanted = given(symbol=market["id"], interval=interval, since=since, limit=limit)
        answer = yield get("klines/{symbol}", {**wanted, **(params or {})})
        candles: list[list[Any]] = self.parse_ohlcvs(answer, market, timeframe, since, limit)
        return candles

    def _tickers(self, symbols: Symbols, params: Params) -> Flow[Data]:
        yield LoadMarkets()
        answer = yield get("tickers", self._named(symbols, params))
        tickers: Data = self.parse_tickers(answer, symbols)
        return tickers

    def _named(self, symbols: Symbols, params: Params) -> Data:
        if not symbols:
            return dict(params or {})
        return {"symbols": ",".join(self.market_ids(symbols)), **(params or {})}
