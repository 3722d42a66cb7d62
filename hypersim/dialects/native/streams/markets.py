"""The public half of `/v1/ws`: every trade, and tickers, books and candles as they stand."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from hypersim.api.services import Services
from hypersim.api.streams.crossing import crossed
from hypersim.api.streams.publisher import Words
from hypersim.api.streams.sources import (
    EVERY_MARKET,
    MarketNews,
    Opened,
    ShownSource,
    Source,
    StateSource,
    TradeSource,
    moves_of,
)
from hypersim.dialects.native.market.bodies import (
    book_body,
    candle_body,
    public_trade_body,
    ticker_body,
)
from hypersim.dialects.native.streams.topics import Channel, Topic, push_of
from hypersim.market.candle import Candle
from hypersim.market.data import MarketData
from hypersim.market.running_bar import RunningBar, Zoned
from hypersim.service.contents import Data
from hypersim.service.view import View

RANKS = {Channel.TRADES: 0, Channel.TICKER: 1, Channel.DEPTH: 2, Channel.CANDLES: 2}
"""In this order news of one moment is told; books and candles as somebody asked for them."""


class Told(NamedTuple):
    """A body of the REST API under a topic of one symbol."""

    topic: Topic
    body: Any


def ticker_of(data: MarketData) -> Told:
    """The last 24 hours and the best quote, now."""
    return Told(Topic(Channel.TICKER, data.symbol), ticker_body(data.ticker()))


_DATA = {
    Channel.TICKER: Data.TICKER,
    Channel.TRADES: Data.TRADES,
    Channel.DEPTH: Data.BOOK,
    Channel.CANDLES: Data.CANDLES,
}

_SIDES = {Channel.DEPTH: ("bids", "asks"), Channel.TICKER: ("bid", "ask")}
"""Where bids and asks are."""


class Tickers(Source[Told]):
    """Of one market, or of every one that moves."""

    def __init__(
        self, view: View, symbol: str | None, moved: Callable[[], Collection[str]]
    ) -> None:
        self._view = view
        self._symbol = symbol
        self._moved = moved
        self._marks = {name: moves_of(view.markets[name]) for name in self._all()}

    def poll(self, now_ms: int) -> Sequence[Told]:
        """See `Source`."""
        del now_ms
        told = []
        for name in self._moved() if self._symbol is None else (self._symbol,):
            data = self._view.markets[name]
            mark = moves_of(data)
            if mark != self._marks.get(name):
                self._marks[name] = mark
                told.append(ticker_of(data))
        return told

    def current(self, now_ms: int) -> Sequence[Told]:
        """See `Source`."""
        del now_ms
        return [ticker_of(self._view.markets[name]) for name in self._all()]

    def _all(self) -> Collection[str]:
        return list(self._view.markets) if self._symbol is None else (self._symbol,)


class Candles(StateSource[Told]):
    """The current bar, after the end of the one before when it has just ended."""

    def __init__(
        self, data: MarketData, topic: Topic, bar: RunningBar, settled_ms: Callable[[], int]
    ) -> None:
        self._data = data
        self._topic = topic
        self._bar = bar
        self._settled_ms = settled_ms
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return moves_of(self._data)

    def changed(self, now_ms: int) -> Sequence[Told]:
        """See `StateSource`."""
        del now_ms
        return [self._told(bar) for bar in self._bar.changed(self._settled_ms())]

    def current(self, now_ms: int) -> Sequence[Told]:
        """See `Source`."""
        del now_ms
        bar = self._bar.latest()
        return () if bar is None else (self._told(bar),)

    def _told(self, bar: Candle) -> Told:
        return Told(self._topic, candle_body(bar))


class Catalog(Words[Topic, Told, None]):
    """From topics to their sources, and to frames."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._view = services.engine.view

    async def open(self, topics: Iterable[Topic]) -> dict[Topic, Opened[Told, Topic]]:
        """See `Words`."""
        topics = list(topics)
        books = [one.symbol for one in topics if one.channel is Channel.DEPTH and one.symbol]
        await self._services.markets.whole_books(*books)
        return {topic: await self._open(topic) for topic in topics}

    def write(self, topic: Topic, event: Told, kind: None) -> bytes:
        """See `Words`."""
        del topic, kind
        return push_of(*event)

    def news(self, topic: Topic, event: Told) -> MarketNews[Told]:
        """See `Words`. Each book is told whole."""
        del topic
        sides = _SIDES.get(event.topic.channel)
        body = crossed(event.body, *sides) if sides else None
        other = None if body is None else event._replace(body=body)
        return MarketNews(event.topic.symbol, crossed=other)

    def about(self, topic: Topic) -> tuple[Data, str | None]:
        """See `Words`."""
        return _DATA[topic.channel], topic.symbol

    async def _open(self, topic: Topic) -> Opened[Told, Topic]:
        symbol, rank = topic.symbol, RANKS[topic.channel]
        if topic.channel is Channel.TICKER:
            source: Source[Told] = Tickers(self._view, symbol, lambda: self.moved)
            wider = None if symbol is None else Topic(Channel.TICKER)
            return Opened(source, symbol or EVERY_MARKET, rank, wider)
        assert symbol is not None, topic
        if topic.channel is Channel.CANDLES:
            return Opened(await self._candles(topic, symbol), symbol, rank)
        if topic.channel is Channel.DEPTH:
            return Opened(ShownSource(partial(self._book, topic, symbol)), symbol, rank)
        trades: Source[Told] = TradeSource(
            self._view.markets[symbol],
            lambda tape: tape.trades,
            lambda one, _: Told(topic, public_trade_body(symbol, one)),
        )
        return Opened(trades, symbol, rank)

    def _book(self, topic: Topic, symbol: str) -> Told:
        return Told(topic, book_body(self._services, symbol, topic.limit))

    async def _candles(self, topic: Topic, symbol: str) -> Candles:
        assert topic.interval is not None, topic
        bar = await self._services.markets.running_bar(symbol, Zoned(topic.interval))
        return Candles(self._view.markets[symbol], topic, bar, self._settled_ms)

    def _settled_ms(self) -> int:
        return self._services.engine.settled_ms(self._services.feed.settled_ms())
