"""The public half of `/v1/ws`: every trade, and tickers, books and candles as they stand."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

import structlog

from hypersim.api.services import Services
from hypersim.api.streams.audience import Audience
from hypersim.dialects.native.streams.frames import (
    candle_frame,
    depth_frame,
    ticker_frame,
    trade_frame,
)
from hypersim.dialects.native.streams.session import StreamSession, send_all
from hypersim.dialects.native.streams.topics import Channel, Topic
from hypersim.market.candle import Candle
from hypersim.market.events import MarketEvent, TradePrinted
from hypersim.market.running_bar import RunningBar
from hypersim.trading.events import Event, MarketMoved, OrderEvent, OrderFilled, OrdersClosed
from hypersim.trading.order import Liquidity

log = structlog.get_logger(__name__)


class MarketNews:
    """Collects what a row of events changed, then pushes it."""

    def __init__(
        self,
        services: Services,
        audience: Audience[Topic, StreamSession],
        drop: Callable[[Iterable[StreamSession]], None],
    ) -> None:
        self._services = services
        self._view = services.engine.view
        self._audience = audience
        self._drop = drop
        self._bars: dict[Topic, RunningBar] = {}
        self._prints: Counter[str] = Counter()
        self._moved: set[str] = set()
        self._rebooked: set[str] = set()

    def note(self, event: Event) -> None:
        """One more event happened."""
        if isinstance(event, MarketMoved):
            self._moved.add(event.event.symbol)
            self._prints[event.event.symbol] += _trades_of(event.event)
        elif isinstance(event, OrdersClosed):
            if self._view.shown is not None:
                self._rebooked |= {order.symbol for order in event.orders}
        elif isinstance(event, OrderEvent):
            symbol = event.order.symbol
            if self._view.shown is not None:
                self._rebooked.add(symbol)
            if _is_print(event):
                self._moved.add(symbol)
                self._prints[symbol] += 1

    def push(self) -> None:
        """Push what the events changed. The read side must stand where the last one left it."""
        for symbol, count in self._prints.items():
            self._push_trades(symbol, count)
        every_ticker = self._audience.readers_of(Topic(Channel.TICKER))
        for symbol in self._moved:
            readers = [*every_ticker, *self._audience.readers_of(Topic(Channel.TICKER, symbol))]
            if readers:
                send_all(dict.fromkeys(readers), ticker_frame(self._view.markets[symbol]))
        rebooked = self._moved | self._rebooked
        for topic in self._audience.topics():
            if topic.channel is Channel.DEPTH and topic.symbol in rebooked:
                send_all(self._audience.readers_of(topic), depth_frame(self._services, topic))
            elif topic.channel is Channel.CANDLES and topic.symbol in self._moved:
                self._push_candles(topic)
        for noted in (self._prints, self._moved, self._rebooked):
            noted.clear()

    def start(self, session: StreamSession, topic: Topic, known_bar: Candle | None) -> None:
        """Show a new reader what is a state as it stands. `known_bar` is shown for candles where
        memory does not reach back to the current bar's beginning."""
        send = session.socket.send
        match topic.channel:
            case Channel.TICKER:
                for symbol in [topic.symbol] if topic.symbol else list(self._view.markets):
                    send(ticker_frame(self._view.markets[symbol]))
            case Channel.DEPTH:
                send(depth_frame(self._services, topic))
            case Channel.CANDLES:
                if not self._audience.readers_of(topic):
                    self._bars[topic] = self._running_bar(topic, known_bar)
                # The others hear of it a moment earlier than they would have.
                bars = self._push_candles(topic)
                if bars:
                    send(candle_frame(topic, bars[-1]))
            case _:
                pass

    def _push_trades(self, symbol: str, count: int) -> None:
        readers = self._audience.readers_of(Topic(Channel.TRADES, symbol))
        if not readers:
            return
        trades = self._view.markets[symbol].trades
        if count > len(trades) == trades.maxlen:
            log.warning("stream clients dropped: too many trades at once", symbol=symbol)
            self._drop(readers)
            return
        for trade in islice(trades, max(0, len(trades) - count), None):
            send_all(readers, trade_frame(symbol, trade))

    def _push_candles(self, topic: Topic) -> list[Candle]:
        """The current bar, after the end of the one before when it has just ended."""
        bars = self._bars[topic].now(self._settled_ms())
        readers = self._audience.readers_of(topic)
        for bar in bars:
            send_all(readers, candle_frame(topic, bar))
        return bars

    def _settled_ms(self) -> int:
        return self._services.engine.settled_ms(self._services.feed.settled_ms())

    def _running_bar(self, topic: Topic, known_bar: Candle | None) -> RunningBar:
        assert topic.interval is not None and topic.symbol is not None, topic
        return RunningBar(self._view.markets[topic.symbol], topic.interval, known_bar)


def _trades_of(event: MarketEvent) -> int:
    """How many trades the public sees of it."""
    if not isinstance(event, TradePrinted):
        return 0
    return 1 if event.told is None else event.told.total


def _is_print(event: OrderEvent) -> bool:
    """A trade between two users is public, once."""
    if not isinstance(event, OrderFilled):
        return False
    fill = event.fill
    return fill.counter_order_id is not None and fill.liquidity is Liquidity.TAKER
