"""Moving the exchange's time by hand: from one moment to the next, as far as somebody wants it.

A moment is done when everything in it is: what was due has been done, the feed has told all that it
has for it, and, where anybody listens, what came of it is durable and handed to every socket. So
what a client sees does not depend on how fast the machine is.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from sys import maxsize
from typing import NamedTuple

from hypersim.market.candle import DAY_MS
from hypersim.market.events import MarketEvent, MinutesPassed, TradePrinted
from hypersim.service.engine import Engine
from hypersim.service.outboxes import Outboxes
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Transaction
from hypersim.trading.events import MarketMoved, OrderFilled, closed_orders

LOOK_EVERY_S = 0.001
"""Whether clients are quiet is looked at so often, on their clock, which is the wall's."""

MAX_MS = DAY_MS
"""How far time goes at most when it is to stop at something."""


class Until(StrEnum):
    """What time stops at before it has come as far as it may: at the first moment with an event, of
    the market or an account, with a user's fill, or with something pushed to a socket; or where the
    feed is over."""

    EVENT = "event"
    FILL = "fill"
    PUSH = "push"
    END = "end"


class AdvanceRunning(Exception):
    """Somebody else moves time already."""


class FeedIsEndless(Exception):
    """There is no end to advance to."""


class Wanted(NamedTuple):
    """To when at most, and what to stop at before that, if anything.

    With `settle_ms` clients have time to react: after each moment that pushed something time stands
    until no request has been in flight for so long on the wall's clock; with `pace_ms` so often
    besides, of the exchange's time."""

    to_ms: int
    until: Until | None = None
    settle_ms: int = 0
    pace_ms: int | None = None


class Advanced(NamedTuple):
    """How far time was moved, what happened meanwhile, and why it stopped: at an `Until`, at the
    `time` that was given, or as far as it goes at most (`max`). `trades` are the market's prints,
    `fills` those of accounts' orders, of which `orders_closed` ended."""

    now_ms: int
    market_events: int
    trades: int
    fills: int
    orders_closed: int
    reached: str


class Advancing:
    """Moves one clock, for one caller at a time. `has_end` says that the feed is over some day."""

    def __init__(
        self,
        engine: Engine,
        clock: SimulatedClock,
        outboxes: Outboxes,
        in_flight: Callable[[], int],
        *,
        has_end: bool,
    ) -> None:
        self.clock = clock
        self._in_flight = in_flight
        self._has_end = has_end
        self._engine = engine
        self._outboxes = outboxes
        self._task: asyncio.Task[Advanced] | None = None
        self._gives_way = False

    @property
    def is_running(self) -> bool:
        """Whether somebody moves time just now."""
        return self._task is not None and not self._task.done()

    async def advance(self, wanted: Wanted, *, gives_way: bool = False) -> Advanced:
        """Move time; returns when everything is durable and handed to every socket. It goes on when
        the caller is canceled. Who `gives_way` waits for others, and they for him. Raises
        AdvanceRunning, FeedIsEndless, and RecordLost."""
        while self._task is not None and not self._task.done():
            if not (gives_way or self._gives_way):
                raise AdvanceRunning("Time is being advanced already; wait until that is done")
            await asyncio.wait((self._task,))
        self._gives_way = gives_way
        if wanted.until is Until.END and not self._has_end:
            raise FeedIsEndless("This feed has no end; give ms, toMs or to")
        self._task = asyncio.create_task(self._advance(wanted))
        return await asyncio.shield(self._task)

    async def _advance(self, wanted: Wanted) -> Advanced:
        engine, clock = self._engine, self.clock
        counts = _Counts()
        subscription = engine.bus.subscribe(maxsize)

        async def count() -> None:
            while True:
                counts.add(await subscription.next())

        counting = asyncio.create_task(count())
        clock.unnoticed_until_ms = lambda: self._unnoticed_until_ms(wanted)
        try:
            reached = await self._move(wanted)
            # The read side must have come to the end for the record to tell of it.
            await engine.settled()
            engine.record_markets()
            await self._all_is_told()
        finally:
            clock.unnoticed_until_ms = lambda: 0
            counting.cancel()
            subscription.close()
        return Advanced(
            clock.now_ms(),
            counts.market_events,
            counts.trades,
            counts.fills,
            counts.orders_closed,
            reached,
        )

    async def _move(self, wanted: Wanted) -> str:
        clock, until = self.clock, wanted.until
        await clock.at_rest()
        if until is not None:
            await self._is_told()
        before = self._happened(until)
        pauses = _Pauses(wanted, clock.now_ms(), self._outboxes.pushed)
        while True:
            if until is Until.END and not clock.is_driven:
                return Until.END
            if not self._outboxes.are_none:
                # Who looks at a moment sees all that was before it.
                await self._is_told()
            if self._engine.bus.watchers:
                await self._is_whole()
            if pauses.are_due(clock.now_ms(), self._outboxes.pushed):
                await self._no_request_is_in_flight(wanted.settle_ms)
            due_ms = pauses.before(clock.next_ms())
            if due_ms is None or due_ms > wanted.to_ms:
                clock.move_to(wanted.to_ms)
                return "time" if until is None else "max"
            clock.move_to(due_ms)
            await asyncio.sleep(0)
            await clock.at_rest()
            if until is not None and until is not Until.END:
                await self._is_told()
                if self._happened(until) != before:
                    return until

    def _unnoticed_until_ms(self, wanted: Wanted) -> int:
        """See `SimulatedClock`. Nobody listens, nobody is to have time to react, and no order waits
        for a price."""
        is_looked_at = self._engine.bus.watchers or not self._outboxes.are_none
        stops = wanted.settle_ms or wanted.until not in (None, Until.END)
        waits = self._engine.exchange.state.orders
        return 0 if is_looked_at or stops or waits else wanted.to_ms

    def _happened(self, until: Until | None) -> object:
        """What differs once something has happened that is stopped at."""
        counters = self._engine.exchange.state.counters
        match until:
            case Until.EVENT:
                return self._engine.bus.position
            case Until.FILL:
                return counters.trade_id
            case Until.PUSH:
                return self._outboxes.pushed
            case _:
                return None

    async def _no_request_is_in_flight(self, for_ms: int) -> None:
        """Return when none has been for so long of the wall's time, which is the clients'. Those
        that wait for time to go on cannot be waited for."""
        loop = asyncio.get_running_loop()
        quiet_since_s = loop.time()
        while loop.time() - quiet_since_s < for_ms / 1000:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._in_flight() > self.clock.waiting:
                quiet_since_s = loop.time()

    async def _is_whole(self) -> None:
        """Who watches has done all that follows from this moment, within it."""
        bus, position = self._engine.bus, -1
        while position != bus.position:
            position = bus.position
            await self._is_told()
            await self.clock.at_rest()

    async def _is_told(self) -> None:
        """What has happened is durable, and lies in every outbox that it belongs into."""
        bus = self._engine.bus
        await self._engine.settled()
        await bus.all_handled(bus.position)
        await self._outboxes.have_room()

    async def _all_is_told(self) -> None:
        await self._is_told()
        await self._outboxes.are_empty()


class _Pauses:
    """When clients get time to react."""

    def __init__(self, wanted: Wanted, now_ms: int, pushed: int) -> None:
        self._pace_ms = wanted.pace_ms
        self._next_ms = None if wanted.pace_ms is None else now_ms + wanted.pace_ms
        self._settles = wanted.settle_ms > 0
        self._pushed = pushed

    def before(self, due_ms: int | None) -> int | None:
        """The next moment, if `due_ms` is that of something else."""
        if self._next_ms is None:
            return due_ms
        return self._next_ms if due_ms is None else min(due_ms, self._next_ms)

    def are_due(self, now_ms: int, pushed: int) -> bool:
        """Whether it is time for one."""
        is_due = self._settles and pushed != self._pushed
        self._pushed = pushed
        if self._next_ms is not None and self._pace_ms is not None and now_ms >= self._next_ms:
            self._next_ms += self._pace_ms
            is_due = True
        return is_due


class _Counts:
    """Of what was published."""

    def __init__(self) -> None:
        self.market_events = self.trades = self.fills = self.orders_closed = 0

    def add(self, transactions: list[Transaction]) -> None:
        for transaction in transactions:
            events = transaction.events
            for event in events:
                if isinstance(event, MarketMoved):
                    self._add_market_event(event.event)
                elif isinstance(event, OrderFilled):
                    self.fills += 1
                    self.orders_closed += event.order.status.is_terminal
            self.orders_closed += sum(1 for _ in closed_orders(events))

    def _add_market_event(self, event: MarketEvent) -> None:
        if isinstance(event, MinutesPassed):
            self.market_events += event.events
            self.trades += event.trades
        else:
            self.market_events += 1
            self.trades += isinstance(event, TradePrinted)
