"""Between the sources of a live feed and its one reader: bounded, in order, fresh.

Prices are news: a slow reader gets the latest quote and book of a symbol, not all of them. Trades
and candles are facts: they queue up to a limit, and what does not fit is counted and reported.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import msgspec
import structlog

from hypersim.market.events import (
    CandleClosed,
    CandleGrew,
    DepthUpdated,
    FeedStalled,
    MarketEvent,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)

FACTS_MAX = 10_000
"""Trades and candles that wait for the reader."""

_log = structlog.get_logger()


class _Slot(msgspec.Struct, frozen=True):
    """A place in the queue whose events are the latest when its turn comes."""

    kind: str
    symbol: str


class Outbox:
    """Events wait here; each symbol's leave with times that never go back."""

    def __init__(self, facts_max: int = FACTS_MAX) -> None:
        self.facts_lost = 0
        self.last_event_ms: int | None = None
        self._facts_max = facts_max
        self._facts = 0
        self._is_losing = False
        self._queue: deque[_Slot | MarketEvent] = deque()
        self._latest: dict[_Slot, list[MarketEvent]] = {}
        self._times_ms: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._is_closed = False
        self._error: BaseException | None = None

    def put(self, event: MarketEvent) -> None:
        """Take in an event; never waits."""
        price = _Slot("price", event.symbol)
        match event:
            case DepthUpdated():
                # A book carries its best quote: it makes the quotes that wait before it needless.
                self._replace(price, [event])
            case QuoteUpdated():
                books = [e for e in self._latest.get(price, ()) if isinstance(e, DepthUpdated)]
                self._replace(price, [*books, event])
            case FeedStalled():
                waiting = self._latest.get(price, ())
                self._replace(price, [*(e for e in waiting if e != event), event])
            case StatisticsUpdated():
                self._replace(_Slot("statistics", event.symbol), [event])
            case TradePrinted() | CandleClosed() | CandleGrew():
                self._append(event)
        self._wake.set()

    def _replace(self, slot: _Slot, events: list[MarketEvent]) -> None:
        if slot not in self._latest:
            self._queue.append(slot)
        self._latest[slot] = events

    def _append(self, event: MarketEvent) -> None:
        if self._facts < self._facts_max:
            self._facts += 1
            self._is_losing = False
            self._queue.append(event)
            return
        self.facts_lost += 1
        if not self._is_losing:
            self._is_losing = True
            _log.warning("events lost: the exchange reads its feed too slowly", symbol=event.symbol)

    def close(self) -> None:
        """End the stream of events."""
        self._is_closed = True
        self._wake.set()

    def fail(self, error: BaseException) -> None:
        """Hand a bug in a source on to the reader."""
        self._error = error
        self._wake.set()

    async def events(self) -> AsyncIterator[MarketEvent]:
        """All events until `close`, each stamped no earlier than its symbol's one before."""
        while not self._is_closed:
            if self._error is not None:
                raise self._error
            for event in self._take():
                yield self._stamped(event)
            if not self._queue:
                self._wake.clear()
                if not self._is_closed and self._error is None:
                    await self._wake.wait()

    def _take(self) -> list[MarketEvent]:
        if not self._queue:
            return []
        first = self._queue.popleft()
        if isinstance(first, _Slot):
            return self._latest.pop(first)
        self._facts -= 1
        return [first]

    def _stamped(self, event: MarketEvent) -> MarketEvent:
        time_ms = max(event.time_ms, self._times_ms.get(event.symbol, 0))
        self._times_ms[event.symbol] = self.last_event_ms = time_ms
        if time_ms == event.time_ms:
            return event
        return msgspec.structs.replace(event, time_ms=time_ms)
