"""From a stream's name to its source."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from hypersim.dialects.binance.streams.bars import BarSource, SecondsSource, running_bar
from hypersim.dialects.binance.streams.books import BookTickerSource, DiffSource, PartialBookSource
from hypersim.dialects.binance.streams.names import WINDOWS_MS, Kind, Stream, parse_name
from hypersim.dialects.binance.streams.sources import Market, Source
from hypersim.dialects.binance.streams.tickers import (
    AllMarketsSource,
    AveragePriceSource,
    MiniTickerSource,
    TickerSource,
    WindowTickerSource,
)
from hypersim.dialects.binance.streams.trades import AggregateTradeSource, TradeSource
from hypersim.dialects.binance.venue import Venue
from hypersim.market.candle import Interval
from hypersim.market.instrument import Instrument


class Opened(NamedTuple):
    """A source, whose market it looks at (empty for all), and how often; 0 is whenever something
    happened there."""

    source: Source
    symbol: str
    speed_ms: int


class Catalog:
    """Makes sources."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._view = venue.services.engine.view

    async def open(self, name: str) -> Opened | None:
        """The stream's source; None when there is no stream of that name. Takes time where memory
        does not reach back to a candle's beginning."""
        stream = parse_name(name)
        if stream is None:
            return None
        if stream.symbol is None:
            source = AllMarketsSource(self._markets, lambda market: _source_of(market, stream))
            return Opened(source, "", stream.speed_ms)
        instrument = self._view.instruments.get(self._view.symbol(stream.symbol) or "")
        if instrument is None or instrument.id != stream.symbol:
            return None
        market = self._market(instrument)
        return Opened(await self._source_of(market, stream), market.symbol, stream.speed_ms)

    async def bring_books(self, names: Iterable[str]) -> None:
        """Before streams of these names are opened: the books that they show are there."""
        streams = (parse_name(name) for name in names)
        spelled = [one.symbol for one in streams if one and one.symbol and one.kind in _OF_BOOKS]
        known = [symbol for one in spelled if (symbol := self._view.symbol(one)) is not None]
        await self._venue.services.markets.whole_books(*known)

    async def _source_of(self, market: Market, stream: Stream) -> Source:
        if stream.kind is Kind.KLINE:
            return await self._bars(market, stream)
        if stream.kind is Kind.DIFF:
            return DiffSource(market, self._venue.books)
        return _source_of(market, stream)

    def _market(self, instrument: Instrument) -> Market:
        services = self._venue.services
        data = self._view.markets[instrument.symbol]
        return Market(instrument, data, services.markets, self._settled_ms)

    def _settled_ms(self) -> int:
        services = self._venue.services
        return services.engine.settled_ms(services.feed.settled_ms())

    def _markets(self) -> Iterator[Market]:
        return (self._market(instrument) for instrument in self._view.instruments.values())

    async def _bars(self, market: Market, stream: Stream) -> Source:
        now_ms = self._venue.now_ms()
        if stream.interval is Interval.S1:
            return SecondsSource(market)
        markets = self._venue.services.markets
        zoned, bar = await running_bar(
            markets, market.data, stream.interval, stream.offset_ms, now_ms
        )
        return BarSource(market, zoned, bar)


_OF_BOOKS = (Kind.DIFF, Kind.PARTIAL_BOOK)

_PLAIN: dict[Kind, Callable[[Market], Source]] = {
    Kind.TRADE: TradeSource,
    Kind.AGGREGATE_TRADE: AggregateTradeSource,
    Kind.BOOK_TICKER: BookTickerSource,
    Kind.MINI_TICKER: MiniTickerSource,
    Kind.TICKER: TickerSource,
    Kind.AVERAGE_PRICE: AveragePriceSource,
}


def _source_of(market: Market, stream: Stream) -> Source:
    if stream.kind is Kind.PARTIAL_BOOK:
        return PartialBookSource(market, stream.levels)
    if stream.kind is Kind.WINDOW_TICKER:
        return WindowTickerSource(market, stream.window, WINDOWS_MS[stream.window])
    return _PLAIN[stream.kind](market)
