"""From a stream's name to its source, and to its frames."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from hypersim.api.streams.crossing import crossed
from hypersim.api.streams.publisher import Words
from hypersim.api.streams.sources import MarketNews, Opened, Source
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.bars import BarSource, SecondsSource
from hypersim.dialects.binance.streams.books import BookTickerSource, DiffSource, PartialBookSource
from hypersim.dialects.binance.streams.names import WINDOWS_MS, Kind, Stream, parse_name
from hypersim.dialects.binance.streams.sources import ClientKind, Market, Payload
from hypersim.dialects.binance.streams.tickers import (
    AllMarketsSource,
    AveragePriceSource,
    MiniTickerSource,
    TickerSource,
    WindowTickerSource,
)
from hypersim.dialects.binance.streams.trades import aggregate_trades, trades
from hypersim.dialects.binance.venue import Venue
from hypersim.market.candle import Interval
from hypersim.market.instrument import Instrument
from hypersim.market.running_bar import Zoned
from hypersim.service.contents import Data

_encode = msgspec.json.Encoder().encode


class Catalog(Words[str, Payload, ClientKind]):
    """Makes sources, and frames of what they tell."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._view = venue.services.engine.view

    async def open(self, topics: Iterable[str]) -> dict[str, Opened[Payload, str]]:
        """See `Words`."""
        streams = [(name, stream) for name in topics if (stream := parse_name(name)) is not None]
        listed = [(name, stream, self._listed(stream)) for name, stream in streams]
        of_books = (one for _, stream, one in listed if one and stream.kind in _OF_BOOKS)
        await self._venue.services.markets.whole_books(*(one.symbol for one in of_books))
        opened: dict[str, Opened[Payload, str]] = {}
        for name, stream, instrument in listed:
            if stream.symbol is None:
                everywhere = AllMarketsSource(self._markets, partial(_source_of, stream=stream))
                opened[name] = Opened(everywhere, stream.speed_ms)
            elif instrument is not None:
                source = await self._source_of(self._market(instrument), stream)
                opened[name] = Opened(source, stream.speed_ms or instrument.symbol)
        return opened

    def write(self, topic: str, event: Payload, kind: ClientKind) -> bytes:
        """See `Words`."""
        data = event(kind.unit)
        return _encode({"stream": topic, "data": data} if kind.is_combined else data)

    def news(self, topic: str, event: Payload) -> MarketNews[Payload]:
        """See `Words`."""
        stream = parse_name(topic)
        if stream is None or stream.symbol is None:
            return MarketNews(None)
        symbol, sides = self._view.symbol(stream.symbol), _SIDES.get(stream.kind)
        return MarketNews(symbol, stream.kind is Kind.DIFF, sides and _crossed(event, *sides))

    def about(self, topic: str) -> tuple[Data, str | None] | None:
        """See `Words`."""
        stream = parse_name(topic)
        if stream is None:
            return None
        symbol = None if stream.symbol is None else self._view.symbol(stream.symbol)
        return _DATA[stream.kind], symbol

    def _listed(self, stream: Stream) -> Instrument | None:
        """The instrument that is spelled so, if it is listed."""
        if stream.symbol is None:
            return None
        instrument = self._view.instruments.get(self._view.symbol(stream.symbol) or "")
        return instrument if instrument is not None and instrument.id == stream.symbol else None

    async def _source_of(self, market: Market, stream: Stream) -> Source[Payload]:
        if stream.kind is Kind.DIFF:
            return DiffSource(market, self._venue.books)
        if stream.kind is not Kind.KLINE:
            return _source_of(market, stream)
        if stream.interval is Interval.S1:
            return SecondsSource(market)
        zoned = Zoned(stream.interval, stream.offset_ms)
        return BarSource(
            market, await self._venue.services.markets.running_bar(market.symbol, zoned)
        )

    def _market(self, instrument: Instrument) -> Market:
        services = self._venue.services
        data = self._view.markets[instrument.symbol]
        return Market(instrument, data, services.markets, self._settled_ms)

    def _settled_ms(self) -> int:
        services = self._venue.services
        return services.engine.settled_ms(services.feed.settled_ms())

    def _markets(self) -> Iterator[Market]:
        return (self._market(instrument) for instrument in self._view.instruments.values())


_DATA = {
    Kind.TRADE: Data.TRADES,
    Kind.AGGREGATE_TRADE: Data.TRADES,
    Kind.KLINE: Data.CANDLES,
    Kind.MINI_TICKER: Data.TICKER,
    Kind.TICKER: Data.TICKER,
    Kind.WINDOW_TICKER: Data.TICKER,
    Kind.BOOK_TICKER: Data.TICKER,
    Kind.AVERAGE_PRICE: Data.TICKER,
    Kind.PARTIAL_BOOK: Data.BOOK,
    Kind.DIFF: Data.BOOK,
}

_SIDES = {
    Kind.DIFF: ("b", "a"),
    Kind.PARTIAL_BOOK: ("bids", "asks"),
    Kind.BOOK_TICKER: ("b", "a"),
    Kind.TICKER: ("b", "a"),
}
"""Where bids and asks are."""


def _crossed(event: Payload, bids: str, asks: str) -> Payload | None:
    def payload(unit: TimeUnit) -> object:
        return crossed(event(unit), bids, asks)

    return None if payload(TimeUnit.MILLISECOND) is None else payload


_OF_BOOKS = (Kind.DIFF, Kind.PARTIAL_BOOK)

_PLAIN: dict[Kind, Callable[[Market], Source[Payload]]] = {
    Kind.TRADE: trades,
    Kind.AGGREGATE_TRADE: aggregate_trades,
    Kind.BOOK_TICKER: BookTickerSource,
    Kind.MINI_TICKER: MiniTickerSource,
    Kind.TICKER: TickerSource,
    Kind.AVERAGE_PRICE: AveragePriceSource,
}


def _source_of(market: Market, stream: Stream) -> Source[Payload]:
    if stream.kind is Kind.PARTIAL_BOOK:
        return PartialBookSource(market, stream.levels)
    if stream.kind is Kind.WINDOW_TICKER:
        return WindowTickerSource(market, stream.window, WINDOWS_MS[stream.window])
    return _PLAIN[stream.kind](market)
