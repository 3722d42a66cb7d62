"""As many connections as the symbols need. All streams of a symbol come over one of them, so that
they begin and end together."""

from collections.abc import Callable, Coroutine, Mapping

from hypersim.feeds.binance.frames import (
    ALL_TICKERS,
    BOOK,
    KINDS,
    SLIM_KINDS,
    TICKER,
    FrameRouter,
)
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.streams import STREAMS_MAX, StreamConnection
from hypersim.feeds.binance.timings import BinanceTimings

SYMBOLS_PER_LINE = (STREAMS_MAX - 1) // len(KINDS)
"""One stream is for all symbols; each of the others has room for all of its own."""


class Line:
    """One connection, and the markets that it serves."""

    def __init__(
        self, url: str, markets: Mapping[str, SymbolMarket], timings: BinanceTimings
    ) -> None:
        self.markets: list[SymbolMarket] = []
        self.router = FrameRouter(markets, timings)
        self.connection = StreamConnection(
            url,
            self.router,
            timings,
            on_connected=self._connected,
            on_disconnected=self._disconnected,
        )

    def add(self, market: SymbolMarket) -> None:
        """Serve this market too, from now on."""
        self.markets.append(market)
        kinds = KINDS if market.is_kept else SLIM_KINDS
        self.connection.subscribe(_name(market, kind) for kind in kinds)
        if not self.connection.trouble:
            market.connected()

    def _connected(self) -> None:
        for market in self.markets:
            market.connected()

    def _disconnected(self) -> None:
        for market in self.markets:
            market.disconnected()


class Lines:
    """All connections of a feed; `spawn` runs one. `markets` are those of the feed, by id."""

    def __init__(
        self,
        url: str,
        markets: Mapping[str, SymbolMarket],
        timings: BinanceTimings,
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._url = url
        self._markets = markets
        self._timings = timings
        self._spawn = spawn
        self._lines: list[Line] = []
        self._line_of: dict[str, Line] = {}
        self._hears_all_tickers = False

    def follow(self, market: SymbolMarket) -> None:
        """Receive the streams of this market."""
        if not self._lines or len(self._lines[-1].markets) >= SYMBOLS_PER_LINE:
            self._new_line()
        line = self._line_of[market.id] = self._lines[-1]
        line.add(market)
        if not market.is_kept and not self._hears_all_tickers:
            self._hears_all_tickers = True
            self._lines[0].connection.subscribe([ALL_TICKERS])

    def _new_line(self) -> None:
        line = Line(self._url, self._markets, self._timings)
        if self._lines:
            # Its own markets may be quiet; without a frame now and then it would be taken for dead.
            line.connection.subscribe([_name(self._lines[0].markets[0], TICKER)])
        self._lines.append(line)
        self._spawn(line.connection.run())

    def look(self, market: SymbolMarket) -> None:
        """Receive its book too."""
        self._line_of[market.id].connection.subscribe([_name(market, BOOK)])

    def let_go(self, market: SymbolMarket) -> None:
        """Receive its book no more."""
        self._line_of[market.id].connection.unsubscribe([_name(market, BOOK)])

    @property
    def troubles(self) -> list[str]:
        """What is wrong, once each."""
        troubles = [line.connection.trouble for line in self._lines]
        if any(line.router.is_behind for line in self._lines):
            troubles.append("streams are behind")
        return list(dict.fromkeys(filter(None, troubles)))

    @property
    def reconnects(self) -> int:
        """How many connections were opened again."""
        return sum(line.connection.reconnects for line in self._lines)

    @property
    def garbage_count(self) -> int:
        """Frames skipped because they could not be read."""
        return sum(line.router.garbage_count for line in self._lines)


def _name(market: SymbolMarket, kind: str) -> str:
    return f"{market.id.lower()}@{kind}"
