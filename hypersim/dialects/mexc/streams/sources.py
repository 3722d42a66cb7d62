"""What the public channels tell of a market, as the fields of MEXC's messages."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypersim.api.streams.books import Books
from hypersim.api.streams.sources import Source, StateSource, TradeSource, moves_of
from hypersim.dialects.mexc.streams.channels import INTERVALS, LEVELS, Channel
from hypersim.market.candle import Candle
from hypersim.market.data import MarketData
from hypersim.market.events import Level, Levels
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, plain
from hypersim.market.running_bar import RunningBar
from hypersim.market.tape import PublicTrade
from hypersim.service.markets import Markets

Body = dict[str, Any]
"""Of a message. The sides of a book are levels here, (price, size)."""

BUY, SELL = 1, 2
"""A `tradeType`."""

_NOTHING: Level = (ZERO, ZERO)


class Event(NamedTuple):
    """A body, told at a time."""

    time_ms: int
    body: Body


class Market(NamedTuple):
    """One market, as its channels look at it."""

    instrument: Instrument
    data: MarketData
    markets: Markets

    @property
    def symbol(self) -> str:
        """BTC/USDT."""
        return self.instrument.symbol


class DealsSource(Source[Event]):
    """The trades since the last look, together."""

    def __init__(self, market: Market, channel: Channel) -> None:
        self._channel = channel
        self._trades: TradeSource[Body, PublicTrade] = TradeSource(
            market.data, lambda tape: tape.trades, lambda trade, _: deal_body(trade)
        )

    def poll(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        deals = self._trades.poll(now_ms)
        if not deals:
            return ()
        return (Event(now_ms, {"deals": deals, "eventType": self._channel.event_type}),)


def deal_body(trade: PublicTrade) -> Body:
    """A trade, by who took."""
    return {
        "price": plain(trade.price),
        "quantity": plain(trade.quantity),
        "tradeType": SELL if trade.buyer_is_maker else BUY,
        "time": trade.time_ms,
    }


class DepthSource(Source[Event]):
    """The differences of the book, each from the version after the last one's end. A quiet book is
    told of too: clients count messages before they take a snapshot to start from."""

    def __init__(self, market: Market, channel: Channel, books: Books) -> None:
        self._market = market
        self._channel = channel
        self._differences = books.follow(market.symbol)

    def poll(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        market, before = self._market, self._differences.changes
        found = self._differences.advance(
            market.data.update_id, *market.markets.book(market.symbol)
        )
        body = {
            "asks": levels(found.asks) if found else [],
            "bids": levels(found.bids) if found else [],
            "eventType": self._channel.event_type,
            "fromVersion": str(before + 1),
            "toVersion": str(found.after if found else before),
        }
        return (Event(now_ms, body),)


class LimitDepthSource(StateSource[Event]):
    """The best levels."""

    def __init__(self, market: Market, channel: Channel) -> None:
        self._market = market
        self._channel = channel
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return self._market.data.update_id

    def current(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        market, most = self._market, LEVELS[self._channel.option]
        bids, asks = market.markets.depth(market.symbol)
        body = {
            "asks": levels(asks[:most]),
            "bids": levels(bids[:most]),
            "eventType": self._channel.event_type,
            "version": str(market.data.update_id),
        }
        return (Event(now_ms, body),) if bids or asks else ()


class BookTickerSource(StateSource[Event]):
    """The best prices."""

    def __init__(self, market: Market) -> None:
        self._market = market
        super().__init__()

    def mark(self) -> tuple[Level, Level]:
        """See `StateSource`."""
        bid, ask = self._market.markets.best(self._market.symbol)
        return bid or _NOTHING, ask or _NOTHING

    def current(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        bid, ask = self.mark()
        body = {
            "bidPrice": plain(bid[0]),
            "bidQuantity": plain(bid[1]),
            "askPrice": plain(ask[0]),
            "askQuantity": plain(ask[1]),
        }
        return (Event(now_ms, body),) if bid[0] or ask[0] else ()


class KlineSource(StateSource[Event]):
    """The current bar, after the end of the one before when it has just ended."""

    def __init__(
        self, market: Market, channel: Channel, bar: RunningBar, settled_ms: Callable[[], int]
    ) -> None:
        self._data = market.data
        self._settled_ms = settled_ms
        self._channel = channel
        self._bar = bar
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return moves_of(self._data)

    def changed(self, now_ms: int) -> Sequence[Event]:
        """See `StateSource`."""
        bars = self._bar.changed(self._settled_ms())
        return [Event(now_ms, self._body(bar)) for bar in bars]

    def current(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        bar = self._bar.latest()
        return () if bar is None else (Event(now_ms, self._body(bar)),)

    def _body(self, bar: Candle) -> Body:
        """Of a bar; windows are in seconds."""
        end_ms = INTERVALS[self._channel.option].next_open_ms(bar.open_ms)
        return {
            "interval": self._channel.option,
            "windowStart": bar.open_ms // 1_000,
            "openingPrice": plain(bar.open),
            "closingPrice": plain(bar.close),
            "highestPrice": plain(bar.high),
            "lowestPrice": plain(bar.low),
            "volume": plain(bar.volume),
            "amount": plain(bar.quote_volume),
            "windowEnd": end_ms // 1_000,
        }


def levels(side: Levels | Sequence[Level]) -> list[tuple[str, str]]:
    """(price, size); a size of zero where a level is gone."""
    return [(plain(price), plain(size)) for price, size in side]
