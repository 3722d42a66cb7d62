"""What a topic's source is: looked at when its time has come, it says what is new."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from hypersim.market.data import MarketData
from hypersim.market.tape import N, Tape, newer

EVERY_MARKET = ""
"""Where a source looks that is woken by any of them."""

T = TypeVar("T", bound=Hashable)
E = TypeVar("E")


class Missed(Exception):
    """More happened since the last look than is remembered: the stream cannot go on unbroken."""


class Source(ABC, Generic[E]):
    """One topic that somebody listens to."""

    @abstractmethod
    def poll(self, now_ms: int) -> Sequence[E]:
        """What is new, oldest first. Raises `Missed`."""

    def current(self, now_ms: int) -> Sequence[E]:
        """What somebody who begins to listen is shown at once: a state as it stands, so that
        nobody waits for a market to move. Nothing for what are events."""
        del now_ms
        return ()


class StateSource(Source[E]):
    """A state, told as it stands whenever its mark is another one."""

    def __init__(self) -> None:
        self._mark = self.mark()

    @abstractmethod
    def mark(self) -> object:
        """Something that is different after each change."""

    def poll(self, now_ms: int) -> Sequence[E]:
        """See `Source`."""
        mark = self.mark()
        if mark == self._mark:
            return ()
        self._mark = mark
        return self.changed(now_ms)

    def changed(self, now_ms: int) -> Sequence[E]:
        """What is told after a change: the state, where nothing else is said."""
        return self.current(now_ms)


class ShownSource(Source[E]):
    """A state, told as it stands whenever what wakes it has happened."""

    def __init__(self, show: Callable[[], E]) -> None:
        self._show = show

    def poll(self, now_ms: int) -> Sequence[E]:
        """See `Source`."""
        return self.current(now_ms)

    def current(self, now_ms: int) -> Sequence[E]:
        """See `Source`."""
        del now_ms
        return (self._show(),)


class TradeSource(Source[E], Generic[E, N]):
    """The public trades of a market, or its aggregates, each once: `rows` reads them off its tape,
    `write` makes the event of one that is told at a time (ms)."""

    def __init__(
        self,
        data: MarketData,
        rows: Callable[[Tape], deque[N]],
        write: Callable[[N, int], E],
    ) -> None:
        self._data = data
        self._rows: Callable[[Tape], deque[N]] = rows
        self._write: Callable[[N, int], E] = write
        self._last_id = data.last_trade_id

    def poll(self, now_ms: int) -> Sequence[E]:
        """See `Source`. All that an order trades on arrival is committed at once, so no aggregate
        still grows."""
        trades = newer(self._rows(self._data.tape), self._last_id)
        if trades is None:
            raise Missed
        if trades:
            self._last_id = trades[-1].last_id
        return [self._write(trade, now_ms) for trade in trades]


class Opened(NamedTuple, Generic[E, T]):
    """A source, and what wakes it: the moves of a symbol, or so many ms of the exchange's clock.
    Of those that wake together, the ones of a lower `rank` come first. Who listens to the `wider`
    topic has heard of it there."""

    source: Source[E]
    wake: str | int
    rank: int = 0
    wider: T | None = None


class MarketNews(NamedTuple, Generic[E]):
    """What an event is about. `symbol` is None where it is about several markets, `is_difference`
    where it leads from one state of a book to the next; `crossed` is the same event with its bids
    above its asks, where it has both."""

    symbol: str | None
    is_difference: bool = False
    crossed: E | None = None


def mark_of(data: MarketData) -> object:
    """For `StateSource`: something that is different after each event that changed the market, an
    order that came to stand in a shared book too."""
    return data.moves, data.update_id, data.last_trade_id


def moves_of(data: MarketData) -> object:
    """The same, but for orders that only came to stand in a shared book."""
    return data.moves, data.last_trade_id
