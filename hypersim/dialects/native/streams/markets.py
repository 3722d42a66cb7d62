"""The public half of `/v1/ws`: every trade, and tickers, books and candles as they stand."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from hypersim.api.services import Services
from hypersim.api.streams.publisher import Words
from hypersim.api.streams.sources import (
    EVERY_MARKET,
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
from hypersim.service.view import View

RANKS = {Channel.TRADES: 0, Channel.TICKER: 1, Channel.DEPTH: 2, Channel.CANDLES: 2}
"""In this order news of one moment is told; books and candles as somebody asked for them."""


def ticker_frame(data: MarketData) -> bytes:
    """The last 24 hours and the best quote, now."""
    return push_of(Topic(Channel.TICKER, data.symbol), ticker_body(data.ticker()))


class Tickers(Source[bytes]):
    """Of one market, or of every one that moves."""

    def __init__(
        self, view: View, symbol: str | None, moved: Callable[[], Collection[str]]
    ) -> None:
        self._view = view
        self._symbol = symbol
        self._moved = moved
        self._marks = {name: moves_of(view.markets[name]) for name in self._all()}

    def poll(self, now_ms: int) -> Sequence[bytes]:
        """See `Source`."""
        del now_ms
        frames = []
        for name in self._moved() if self._symbol is None else (self._symbol,):
            data = self._view.markets[name]
            mark = moves_of(data)
            if mark != self._marks.get(name):
                self._marks[name] = mark
                frames.append(ticker_frame(data))
        return frames

    def current(self, now_ms: int) -> Sequence[bytes]:
        """See `Source`."""
        del now_ms
        return [ticker_frame(self._view.markets[name]) for name in self._all()]

    def _all(self) -> Collection[str]:
        return list(self._view.markets) if self._symbol is None else (self._symbol,)


class Candles(StateSource[bytes]):
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

    def changed(self, now_ms: int) -> Sequence[bytes]:
        """See `StateSource`."""
        del now_ms
        return [self._frame(bar) for bar in self._bar.changed(self._settled_ms())]

    def current(self, now_ms: int) -> Sequence[bytes]:
        """See `Source`."""
        del now_ms
        bar = self._bar.latest()
        return () if bar is None else (self._frame(bar),)

    def _frame(self, bar: Candle) -> bytes:
        return push_of(self._topic, candle_body(bar))


class Catalog(Words[Topic, bytes, None]):
    """From topics to their sources, which write their frames at once: there is one kind of
    client."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._view = services.engine.view

    async def open(self, topics: Iterable[Topic]) -> dict[Topic, Opened[bytes, Topic]]:
        """See `Words`."""
        topics = list(topics)
        books = [one.symbol for one in topics if one.channel is Channel.DEPTH and one.symbol]
        await self._services.markets.whole_books(*books)
        return {topic: await self._open(topic) for topic in topics}

    def write(self, topic: Topic, event: bytes, kind: None) -> bytes:
        """See `Words`."""
        del topic, kind
        return event

    async def _open(self, topic: Topic) -> Opened[bytes, Topic]:
        symbol, rank = topic.symbol, RANKS[topic.channel]
        if topic.channel is Channel.TICKER:
            source: Source[bytes] = Tickers(self._view, symbol, lambda: self.moved)
            wider = None if symbol is None else Topic(Channel.TICKER)
            return Opened(source, symbol or EVERY_MARKET, rank, wider)
        assert symbol is not None, topic
        if topic.channel is Channel.CANDLES:
            return Opened(await self._candles(topic, symbol), symbol, rank)
        if topic.channel is Channel.DEPTH:
            return Opened(ShownSource(partial(self._book, topic, symbol)), symbol, rank)
        trades: Source[bytes] = TradeSource(
            self._view.markets[symbol],
            lambda tape: tape.trades,
            lambda one, _: push_of(topic, public_trade_body(symbol, one)),
        )
        return Opened(trades, symbol, rank)

    def _book(self, topic: Topic, symbol: str) -> bytes:
        return push_of(topic, book_body(self._services, symbol, topic.limit))

    async def _candles(self, topic: Topic, symbol: str) -> Candles:
        assert topic.interval is not None, topic
        bar = await self._services.markets.running_bar(symbol, Zoned(topic.interval))
        return Candles(self._view.markets[symbol], topic, bar, self._settled_ms)

    def _settled_ms(self) -> int:
        return self._services.engine.settled_ms(self._services.feed.settled_ms())
