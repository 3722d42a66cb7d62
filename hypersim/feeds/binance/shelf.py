"""The books that are brought when somebody looks at them, and let go some time after nobody does.

A venue with hundreds of markets would be asked for far too much if all of them were followed. What
a market shows meanwhile is its best prices.
"""

import asyncio
from collections.abc import Mapping

import structlog

from hypersim.feeds.binance.lines import Lines
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.service.book_demand import BookDemand

BOOKS_MAX = 200
"""At once; each takes some ten updates a second."""

_log = structlog.get_logger()


class BookShelf:
    """Which books are followed now. `markets` are those of the feed, by id."""

    def __init__(
        self,
        markets: Mapping[str, SymbolMarket],
        lines: Lines,
        demand: BookDemand,
        timings: BinanceTimings,
    ) -> None:
        self._markets = markets
        self._lines = lines
        self._demand = demand
        self._timings = timings
        self._brought: dict[str, SymbolMarket] = {}

    def bring(self, symbol: str) -> None:
        """Follow this book from now on."""
        market = self._markets.get(symbol.replace("/", ""))
        if market is None or market.wants_book:
            return
        if len(self._brought) >= BOOKS_MAX:
            _log.warning("best prices alone: too many books are looked at", symbol=symbol)
            return
        self._brought[symbol] = market
        self._lines.look(market)
        market.want_book()

    async def tidy(self) -> None:
        """For ever: let go what nobody has looked at for a while."""
        while True:
            await asyncio.sleep(self._timings.book_check_s)
            for symbol, market in list(self._brought.items()):
                if not self._demand.is_looked_at(symbol, self._timings.book_kept_s):
                    del self._brought[symbol]
                    self._lines.let_go(market)
                    market.let_book_go()
