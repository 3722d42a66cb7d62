"""What a feed can tell: the closed set of market events, on the simulated timeline (ms).

Prices are in quote, sizes in base. A depth event always carries the whole visible book, best level
first, so that nobody behind the feed has to repair a gap; and where there is more of it, how to
come by the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol, overload

import msgspec

from hypersim.market.candle import Candle, Interval
from hypersim.market.number import NUMBER_END, TIME_MS_MAX
from hypersim.market.tape import PublicTrade, ToldTrades

COUNT_MAX = 2**62
"""Where a feed's counts and ids end: they go on from there, and the record's end at 2^63."""

Level = tuple[Decimal, Decimal]
"""(price, size)"""


Levels = Sequence[Level]
"""One side of a book, best first: a tuple, or `UnmadeLevels`."""


class DeepLevels(Protocol):
    """One side of a book at rest. It never changes, and equals another that has the same levels."""

    def levels(self, beyond: Decimal, limit: int) -> tuple[Level, ...]:
        """The first `limit` levels that are worse than the price `beyond`, best first."""
        ...


class UnmadeLevels(Sequence[Level], ABC):
    """A side of which only the best level is there until somebody looks further: of most books
    nobody does. It never changes, and equals any sequence of the same levels, which are in
    order."""

    __slots__ = ("_made", "best")

    def __init__(self, best: Level) -> None:
        self.best = best
        self._made: tuple[Level, ...] | None = None

    @abstractmethod
    def make(self) -> tuple[Level, ...]:
        """All of them; the first is the best."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """All of them."""
        if self._made is None:
            self._made = self.make()
        return self._made

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self.levels)

    @overload
    def __getitem__(self, index: int) -> Level: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Level, ...]: ...
    def __getitem__(self, index: int | slice) -> Level | tuple[Level, ...]:
        return self.best if index == 0 else self.levels[index]

    def __iter__(self) -> Iterator[Level]:
        return iter(self.levels)

    def __eq__(self, other: object) -> bool:
        return self.levels == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.levels)


class QuoteUpdated(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask changed."""

    symbol: str
    time_ms: int
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


class DepthUpdated(msgspec.Struct, frozen=True, gc=False):
    """The visible book, whole: bids from the highest price down, asks from the lowest up; and what
    lies beyond the last of them, if anything does. `trades_at` lies between the sides: whoever
    takes from the best level of either pays this price, a little better than the one shown."""

    symbol: str
    time_ms: int
    bids: Levels
    asks: Levels
    deep_bids: DeepLevels | None = None
    deep_asks: DeepLevels | None = None
    trades_at: Decimal | None = None


class TradePrinted(msgspec.Struct, frozen=True, gc=False):
    """A trade between others on the reference market; `venue_id` is its id there, if it has one.
    Where a feed knows what was traded on the way to it, `told` are the trades that the public sees
    for it; `venue_id` is then the id of the last of them."""

    symbol: str
    time_ms: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool
    venue_id: int | None = None
    told: ToldTrades | None = None

    def public(self, id_: int) -> PublicTrade:
        """The one that the public sees last of it, under its public id."""
        return PublicTrade(id_, self.time_ms, self.price, self.quantity, self.buyer_is_maker)


class PricePassed(msgspec.Struct, frozen=True, gc=False):
    """The price is on its way from where it was to `price`, and somebody traded at every price
    between: what waits on the way is met there. `is_gap`: nobody traded before `price` itself. The
    quote and the trade at `price` follow as events of their own; `size` is what is there on the
    way."""

    symbol: str
    time_ms: int
    price: Decimal
    size: Decimal
    is_gap: bool = False


class CandleClosed(msgspec.Struct, frozen=True, gc=False):
    """The feed's own word on a finished candle; it replaces what was built from prints."""

    symbol: str
    time_ms: int
    interval: Interval
    candle: Candle


class CandleGrew(msgspec.Struct, frozen=True, gc=False):
    """The feed's own word on the running candle: what traded in it so far, up to its last trade,
    whose id it knows. Nothing is traded by it: it completes what was built from prints."""

    symbol: str
    time_ms: int
    interval: Interval
    candle: Candle


class StatisticsUpdated(msgspec.Struct, frozen=True, gc=False):
    """The venue's own 24 h statistics, for feeds that have them; the id is that of the first of
    its trades in them, if it numbers them."""

    symbol: str
    time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    trade_count: int = 0
    first_trade_id: int | None = None


class FeedStalled(msgspec.Struct, frozen=True, gc=False):
    """No fresh price for too long: market orders are refused until the next quote."""

    symbol: str
    time_ms: int


class MinutesPassed(msgspec.Struct, frozen=True, gc=False):
    """What is left of a time in which nobody looked, and nobody's order waited: the minutes that
    closed, and how the market stood at its end. `events` and `trades` count what happened."""

    symbol: str
    time_ms: int
    minutes: tuple[Candle, ...]
    quote: QuoteUpdated | None
    trade: TradePrinted | None
    events: int
    trades: int


class PrintsBefore(msgspec.Struct, frozen=True, gc=False):
    """What was traded lately before a feed begins, in order: nothing happens by it again, but the
    mean of the latest prices is what it was."""

    symbol: str
    time_ms: int
    prints: tuple[TradePrinted, ...]


MarketEvent = (
    QuoteUpdated
    | DepthUpdated
    | TradePrinted
    | PricePassed
    | CandleClosed
    | CandleGrew
    | StatisticsUpdated
    | FeedStalled
    | MinutesPassed
    | PrintsBefore
)


def is_sound(event: MarketEvent) -> bool:
    """Whether prices and sizes are above zero, the book's sides are in order, and the record can
    hold what is told; no feed may bring anything else into the exchange."""
    if not 0 <= event.time_ms <= TIME_MS_MAX:
        return False
    match event:
        case QuoteUpdated():
            return (
                0 < event.bid <= event.ask < NUMBER_END
                and 0 < event.bid_size < NUMBER_END
                and 0 < event.ask_size < NUMBER_END
            )
        case DepthUpdated(bids=UnmadeLevels() as bids, asks=UnmadeLevels() as asks, trades_at=None):
            return min(bids.best) > 0 and min(asks.best) > 0 and asks.best[0] < NUMBER_END
        case DepthUpdated():
            inside = () if event.trades_at is None else ((event.trades_at, Decimal(1)),)
            return _is_ordered((*inside, *_there(event.bids)), reverse=True) and _is_ordered(
                (*inside, *_there(event.asks)), reverse=False
            )
        case TradePrinted():
            is_numbered = event.venue_id is None or 0 <= event.venue_id <= COUNT_MAX
            is_money = 0 < event.price < NUMBER_END and 0 < event.quantity < NUMBER_END
            return is_money and is_numbered
        case PricePassed():
            return 0 < event.price < NUMBER_END and 0 < event.size < NUMBER_END
        case CandleClosed() | CandleGrew() | MinutesPassed() | PrintsBefore():
            return _is_told_soundly(event)
        case StatisticsUpdated():
            return event.last > 0 and event.low > 0 and 0 <= event.trade_count <= COUNT_MAX
        case FeedStalled():
            return True


def _is_told_soundly(event: CandleClosed | CandleGrew | MinutesPassed | PrintsBefore) -> bool:
    if isinstance(event, PrintsBefore):
        return all(map(is_sound, event.prints))
    if not isinstance(event, MinutesPassed):
        return _is_candle(event.candle)
    left = [one for one in (event.quote, event.trade) if one is not None]
    return all(map(is_sound, left)) and all(map(_is_candle, event.minutes))


def _is_candle(candle: Candle) -> bool:
    return (
        0 < candle.low <= min(candle.open, candle.close)
        and 0 <= candle.open_ms <= TIME_MS_MAX
        and 0 <= candle.trade_count <= COUNT_MAX
        and (candle.first_trade_id is None or 0 <= candle.first_trade_id <= COUNT_MAX)
    )


def _there(levels: Levels) -> Levels:
    return (levels.best,) if isinstance(levels, UnmadeLevels) else levels


def _is_ordered(levels: Levels, *, reverse: bool) -> bool:
    prices = [price for price, _ in levels]
    is_bounded = not prices or max(prices[0], prices[-1]) < NUMBER_END
    is_sorted = prices == sorted(prices, reverse=reverse)
    return is_sorted and is_bounded and all(min(level) > 0 for level in levels)
