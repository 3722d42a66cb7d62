"""What is asked again and again over REST: quotes, 24 h statistics, closed minutes.

Quotes are polled all the time, so that it is known whether REST would carry the feed; they are
shown while a symbol's streams are silent.
"""

import asyncio

import structlog

from hypersim.feeds.binance.api import (
    BOOK_TICKER_WEIGHT,
    NAMED_MAX,
    BinanceApi,
    statistics_weight,
)
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.rest import RestError, UnknownSymbolError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.wire import BestPrices, DayStatistics
from hypersim.feeds.binance.words import candle
from hypersim.feeds.garbage import Garbage
from hypersim.market.candle import Interval

_log = structlog.get_logger()


class Poller:
    """Polls for `markets` (by Binance id), which may grow and shrink meanwhile."""

    def __init__(
        self,
        markets: dict[str, SymbolMarket],
        api: BinanceApi,
        timings: BinanceTimings,
        interval_s: float,
    ) -> None:
        self._markets = markets
        self._api = api
        self._timings = timings
        self._interval_s = interval_s
        self._garbage = Garbage("binance")

    async def poll_prices(self) -> None:
        """For ever: quotes each interval, statistics as often as their weight allows."""
        loop = asyncio.get_running_loop()
        next_statistics_s = loop.time()
        while True:
            next_s = loop.time() + self._spacing_s(BOOK_TICKER_WEIGHT)
            try:
                if self._markets:
                    await self._poll_quotes()
                if self._markets and loop.time() >= next_statistics_s:
                    weight = statistics_weight(len(self._markets))
                    next_statistics_s = loop.time() + self._spacing_s(weight)
                    await self._poll_statistics()
            except UnknownSymbolError:
                await self._drop_unlisted()
            except RestError:
                next_s = max(next_s, loop.time() + self._api.rest.wait_s())
            await asyncio.sleep(max(0.0, next_s - loop.time()))

    async def close_minutes(self) -> None:
        """For ever: fetch the minutes that the streams did not tell of. The unfinished bar always
        stands last, so all before it are closed, whatever our clock says."""
        while True:
            await asyncio.sleep(self._timings.minute_check_s)
            for market in list(self._markets.values()):
                missed_ms = market.minutes.missed_ms(self._grace_ms())
                if missed_ms is not None:
                    await self._fetch_minutes(market, missed_ms)

    def _grace_ms(self) -> int:
        """How long after its end a minute's stream event may come."""
        return int(self._timings.symbol_silence_s * 1000)

    def _spacing_s(self, weight: int) -> float:
        """Half of the weight for polls is for quotes, half for statistics."""
        least_s = self._timings.many_polls_s if len(self._markets) > NAMED_MAX else 0.0
        return max(self._interval_s, least_s, 2 * weight / self._timings.poll_weight_per_s)

    async def _poll_quotes(self) -> None:
        for row in await self._api.best_prices(self._markets):
            market = self._markets.get(row.symbol)
            if market is not None:
                self._take_quote(market, row)

    def _take_quote(self, market: SymbolMarket, row: BestPrices) -> None:
        try:
            market.take_polled_quote(row)
        except ValueError as error:
            self._garbage.skip("ticker/bookTicker", error)

    async def _poll_statistics(self) -> None:
        for row in await self._api.statistics(self._markets):
            market = self._markets.get(row.symbol)
            if market is not None:
                self._take_statistics(market, row)

    def _take_statistics(self, market: SymbolMarket, row: DayStatistics) -> None:
        try:
            market.take_polled_statistics(row)
        except ValueError as error:
            self._garbage.skip("ticker/24hr", error)

    async def _fetch_minutes(self, market: SymbolMarket, from_ms: int) -> None:
        try:
            rows = await self._api.klines_since(market.id, Interval.M1, from_ms)
            bars = [candle(row, Interval.M1) for row in rows[:-1]]
        except (RestError, ValueError) as error:
            _log.debug("minutes not fetched", symbol=market.symbol, reason=str(error))
            return
        for bar in bars:
            market.minutes.close(bar)

    async def _drop_unlisted(self) -> None:
        """One symbol that left the venue spoils the polls of all: find it."""
        try:
            listed = await self._api.symbols(self._markets)
        except RestError:
            return
        for id_ in self._markets.keys() - listed.keys():
            gone = self._markets.pop(id_)
            gone.stop()
            _log.warning("Binance does not list this symbol any more", symbol=gone.symbol)
