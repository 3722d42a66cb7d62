"""Snapshots for the books that need one, one task a symbol."""

import asyncio
from collections.abc import Callable

import structlog

from hypersim.feeds.binance_api import SNAPSHOT_LEVELS, BinanceApi
from hypersim.feeds.binance_book import LocalBook, PendingBook, Snapshot
from hypersim.feeds.binance_market import SymbolMarket
from hypersim.feeds.binance_rest import Refused, RestFailure
from hypersim.feeds.binance_timings import BinanceTimings
from hypersim.feeds.binance_wire import levels

_log = structlog.get_logger()


class BookKeeper:
    """Brings one symbol's book into sequence, and again whenever it is lost or too shallow."""

    def __init__(
        self, market: SymbolMarket, api: BinanceApi, timings: BinanceTimings
    ) -> None:
        self.snapshots = 0
        self._market = market
        self._api = api
        self._timings = timings
        self._wanted = asyncio.Event()

    def book_lost(self) -> None:
        """A snapshot is needed now."""
        self._wanted.set()
