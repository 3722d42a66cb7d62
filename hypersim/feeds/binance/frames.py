"""From a frame of the combined streams to the symbol that it is about."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec
import structlog

from hypersim.feeds.binance.book import Diff
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.wire import (
    BookTickerFrame,
    DiffFrame,
    Frame,
    KlineFrame,
    MiniTickerFrame,
    TickerFrame,
    TradeFrame,
)
from hypersim.feeds.binance.words import levels
from hypersim.feeds.garbage import Garbage

BOOK = "depth@100ms"

TICKER = "ticker"

KINDS = ("bookTicker", BOOK, "trade", "kline_1m", TICKER)
"""The streams of a symbol whose book is followed all the time, most important first."""

SLIM_KINDS = ("bookTicker", "trade", "kline_1m")
"""Those of every other symbol; its book comes when somebody looks."""

ALL_TICKERS = "!miniTicker@arr"
"""The 24 hours of all symbols, for those that have no ticker of their own. (`!ticker@arr` and
`!bookTicker` are retired: the documents' CHANGELOG of 2026-03-26 and 2022-12-07.)"""

SERVER_SHUTDOWN = "!serverShutdown"

_log = structlog.get_logger()


class VenueShutdownError(Exception):
    """Binance announced that this connection will end."""


class FrameRouter:
    """Reads frames and hands them to the markets. Notices when a connection falls behind."""

    def __init__(
        self,
        markets: Mapping[str, SymbolMarket],
        timings: BinanceTimings,
    ) -> None:
        self.is_behind = False
        self._markets = markets
        self._timings = timings
        self._garbage = Garbage("binance")
        self._least_lag_ms: float | None = None
        self._readers: dict[str, Callable[[SymbolMarket, msgspec.Raw], None]] = {
            "bookTicker": self._book_ticker,
            BOOK: self._diff,
            "trade": self._trade,
            "kline_1m": self._kline,
            TICKER: self._ticker,
        }

    @property
    def garbage_count(self) -> int:
        """Frames skipped because they could not be read."""
        return self._garbage.count

    def connected(self) -> None:
        """A new connection: what is known of the lag of the last one says nothing about it."""
        self.is_behind = False
        self._least_lag_ms = None

    def take(self, raw: bytes) -> None:
        """Read one frame. Raises `VenueShutdownError` when it says so."""
        try:
            frame = msgspec.json.decode(raw, type=Frame)
        except ValueError as error:
            self._garbage.skip("frame", error)
            return
        if not frame.stream:
            self._answered(frame)
            return
        if frame.stream == SERVER_SHUTDOWN:
            raise VenueShutdownError
        if frame.stream == ALL_TICKERS:
            self._all_tickers(frame.data)
            return
        name, _, kind = frame.stream.partition("@")
        market, read = self._markets.get(name.upper()), self._readers.get(kind)
        if market is None or read is None:
            self._garbage.skip("stream", f"nobody subscribed to {frame.stream!r}")
            return
        try:
            read(market, frame.data)
        except ValueError as error:
            self._garbage.skip(kind, error)

    def _answered(self, frame: Frame) -> None:
        """Success needs no word."""
        if frame.error is not None:
            _log.warning(
                "Binance refused a subscription", code=frame.error.code, msg=frame.error.msg
            )
        elif frame.code is not None:
            _log.warning("Binance refused a subscription", code=frame.code, msg=frame.msg)

    def _book_ticker(self, market: SymbolMarket, data: msgspec.Raw) -> None:
        frame = msgspec.json.decode(data, type=BookTickerFrame)
        market.take_book_ticker(frame, shown=not self.is_behind)

    def _diff(self, market: SymbolMarket, data: msgspec.Raw) -> None:
        frame = msgspec.json.decode(data, type=DiffFrame)
        self._note_lag(frame.time_ms)
        diff = Diff(
            frame.first_id,
            frame.last_id,
            frame.time_ms,
            levels(frame.bids),
            levels(frame.asks),
        )
        if not market.take_diff(diff, shown=not self.is_behind):
            _log.warning("missed updates of a book; it is loaded again", symbol=market.symbol)

    def _trade(self, market: SymbolMarket, data: msgspec.Raw) -> None:
        market.take_trade(msgspec.json.decode(data, type=TradeFrame))

    def _kline(self, market: SymbolMarket, data: msgspec.Raw) -> None:
        frame = msgspec.json.decode(data, type=KlineFrame)
        self._note_lag(frame.time_ms)
        market.minutes.take_kline(frame)

    def _ticker(self, market: SymbolMarket, data: msgspec.Raw) -> None:
        frame = msgspec.json.decode(data, type=TickerFrame)
        self._note_lag(frame.time_ms)
        market.take_ticker(frame, shown=not self.is_behind)

    def _all_tickers(self, data: msgspec.Raw) -> None:
        try:
            rows = msgspec.json.decode(data, type=list[MiniTickerFrame])
        except ValueError as error:
            self._garbage.skip(ALL_TICKERS, error)
            return
        for row in rows:
            market = self._markets.get(row.symbol)
            if market is not None and not market.is_kept:
                self._mini_ticker(market, row)

    def _mini_ticker(self, market: SymbolMarket, row: MiniTickerFrame) -> None:
        try:
            market.take_mini_ticker(row, shown=not self.is_behind)
        except ValueError as error:
            self._garbage.skip(ALL_TICKERS, error)

    def _note_lag(self, venue_ms: int) -> None:
        """The lag is measured against the smallest of this connection, so that it does not matter
        how far the two clocks are apart."""
        lag_ms = asyncio.get_running_loop().time() * 1000 - venue_ms
        if self._least_lag_ms is None or lag_ms < self._least_lag_ms:
            self._least_lag_ms = lag_ms
        is_behind = lag_ms - self._least_lag_ms > self._timings.behind_s * 1000
        if is_behind != self.is_behind:
            self.is_behind = is_behind
            _log.warning("Binance streams are behind" if is_behind else "Binance streams caught up")
