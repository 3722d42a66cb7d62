"""From a channel to its source, and to its frames."""

from collections.abc import Iterable, Iterator

from hypersim.api.services import Services
from hypersim.api.sockets.socket import Binary
from hypersim.api.streams.books import Books
from hypersim.api.streams.crossing import crossed
from hypersim.api.streams.publisher import Words
from hypersim.api.streams.sources import MarketNews, Opened, Source
from hypersim.dialects.mexc.streams.channels import INTERVALS, SPEEDS_MS, Channel, Kind
from hypersim.dialects.mexc.streams.messages import frame
from hypersim.dialects.mexc.streams.sources import (
    Body,
    BookTickerSource,
    DealsSource,
    DepthSource,
    Event,
    KlineSource,
    LimitDepthSource,
    Market,
)
from hypersim.dialects.mexc.streams.tickers import MiniTickerSource, MiniTickersSource
from hypersim.market.instrument import Instrument
from hypersim.market.running_bar import Zoned
from hypersim.service.contents import Data

BATCH_MS = LIMIT_DEPTH_MS = 100
MINI_TICKER_MS = 3_000

BODIES = {
    Kind.DEALS: "publicAggreDeals",
    Kind.DEPTH: "publicAggreDepths",
    Kind.BOOK_TICKER: "publicAggreBookTicker",
    Kind.BOOK_TICKER_BATCH: "publicBookTickerBatch",
    Kind.LIMIT_DEPTH: "publicLimitDepths",
    Kind.KLINE: "publicSpotKline",
    Kind.MINI_TICKER: "publicMiniTicker",
    Kind.MINI_TICKERS: "publicMiniTickers",
}
"""The field of a wrapper that has it."""

_DATA = {
    Kind.DEALS: Data.TRADES,
    Kind.DEPTH: Data.BOOK,
    Kind.LIMIT_DEPTH: Data.BOOK,
    Kind.KLINE: Data.CANDLES,
}

_BOOKS = (Kind.DEPTH, Kind.LIMIT_DEPTH)

_SIDES = {
    **dict.fromkeys(_BOOKS, ("bids", "asks")),
    **dict.fromkeys((Kind.BOOK_TICKER, Kind.BOOK_TICKER_BATCH), ("bidPrice", "askPrice")),
}
"""Where bids and asks are."""


class Catalog(Words[Channel, Event, None]):
    """Makes sources, and frames of what they tell."""

    def __init__(self, services: Services, books: Books) -> None:
        self._services = services
        self._view = services.engine.view
        self._books = books

    def instrument_of(self, channel: Channel) -> Instrument | None:
        """The market of a channel, if there is one and it is listed."""
        found = self._view.instruments.get(self._view.symbol(channel.symbol) or "")
        return found if found is not None and found.id == channel.symbol else None

    async def open(self, topics: Iterable[Channel]) -> dict[Channel, Opened[Event, Channel]]:
        """See `Words`."""
        found = [(one, self.instrument_of(one)) for one in topics]
        books = [market.symbol for one, market in found if market and one.kind in _BOOKS]
        await self._services.markets.whole_books(*books)
        opened: dict[Channel, Opened[Event, Channel]] = {}
        for channel, instrument in found:
            if channel.kind is Kind.MINI_TICKERS:
                everywhere = MiniTickersSource(self._markets, channel)
                opened[channel] = Opened(everywhere, MINI_TICKER_MS)
            elif instrument is not None:
                opened[channel] = await self._open(channel, self._market(instrument))
        return opened

    def write(self, topic: Channel, event: Event, kind: None) -> Binary:
        """See `Words`."""
        del kind
        body, name = _wire(topic.kind, event.body), BODIES[topic.kind]
        return frame(topic.name, topic.symbol or None, event.time_ms, name, body)

    def news(self, topic: Channel, event: Event) -> MarketNews[Event]:
        """See `Words`."""
        instrument, sides = self.instrument_of(topic), _SIDES.get(topic.kind)
        body = crossed(event.body, *sides) if sides else None
        other = None if body is None else event._replace(body=body)
        symbol = None if instrument is None else instrument.symbol
        return MarketNews(symbol, topic.kind is Kind.DEPTH, other)

    def about(self, topic: Channel) -> tuple[Data, str | None]:
        """See `Words`."""
        instrument = self.instrument_of(topic)
        symbol = None if instrument is None else instrument.symbol
        return _DATA.get(topic.kind, Data.TICKER), symbol

    async def _open(self, channel: Channel, market: Market) -> Opened[Event, Channel]:
        symbol, source = market.symbol, await self._source(channel, market)
        match channel.kind:
            case Kind.DEALS | Kind.BOOK_TICKER | Kind.DEPTH:
                speed_ms = SPEEDS_MS[channel.option]
                # What is faster than the publisher looks is told as it happens.
                return Opened(source, speed_ms if speed_ms >= BATCH_MS else symbol)
            case Kind.KLINE:
                return Opened(source, symbol)
            case Kind.MINI_TICKER:
                return Opened(source, MINI_TICKER_MS)
            case _:
                return Opened(source, LIMIT_DEPTH_MS)

    async def _source(self, channel: Channel, market: Market) -> Source[Event]:
        match channel.kind:
            case Kind.DEALS:
                return DealsSource(market, channel)
            case Kind.DEPTH:
                return DepthSource(market, channel, self._books)
            case Kind.LIMIT_DEPTH:
                return LimitDepthSource(market, channel)
            case Kind.KLINE:
                zoned = Zoned(INTERVALS[channel.option])
                bar = await self._services.markets.running_bar(market.symbol, zoned)
                return KlineSource(market, channel, bar, self._settled_ms)
            case Kind.MINI_TICKER:
                return MiniTickerSource(market, channel)
            case _:
                return BookTickerSource(market)

    def _market(self, instrument: Instrument) -> Market:
        data = self._view.markets[instrument.symbol]
        return Market(instrument, data, self._services.markets)

    def _settled_ms(self) -> int:
        return self._services.engine.settled_ms(self._services.feed.settled_ms())

    def _markets(self) -> Iterator[Market]:
        return (self._market(instrument) for instrument in self._view.instruments.values())


def _wire(kind: Kind, body: Body) -> Body:
    """The body as its message has it."""
    if kind is Kind.BOOK_TICKER_BATCH:
        return {"items": [body]}
    if kind not in _BOOKS:
        return body
    sides = {
        side: [{"price": price, "quantity": size} for price, size in body[side]]
        for side in ("asks", "bids")
    }
    return body | sides
