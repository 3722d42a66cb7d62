"""Moving the exchange's time by hand: from one moment to the next, as far as somebody wants it.

A moment is done when everything in it is: what was due has been done, the feed has told all that it
has for it, and, where anybody listens, what came of it is durable and handed to every socket. So
what a client sees does not depend on how fast the machine is.
"""

import asyncio
from enum import StrEnum
from sys import maxsize
from typing import NamedTuple

from hypersim.market.candle import DAY_MS
from hypersim.market.events import TradePrinted
from hypersim.service.engine import Engine
from hypersim.service.outboxes import Outboxes
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Transaction
from hypersim.trading.events import MarketMoved, OrderFilled, closed_orders

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
    """To when at most, and what to stop at before that, if anything."""

    to_ms: int
    until: Until | None = None


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
        self, engine: Engine, clock: SimulatedClock, outboxes: Outboxes, *, has_end: bool
    ) -> None:
        self.clock = clock
        self._has_end = has_end
        self._engine = engine
        self._outboxes = outboxes
        self._task: asyncio.Task[Advanced] | None = None

    @property
    def is_running(self) -> bool:
        """Whether somebody moves time just now."""
        return self._task is not None and not self._task.done()

    async def advance(self, wanted: Wanted) -> Advanced:
        """Move time; returns when everything is durable and handed to every socket. It goes on when
        the caller is canceled. Raises AdvanceRunning, FeedIsEndless, and RecordLost."""
        if self.is_running:
            raise AdvanceRunning("Time is being advanced already; wait until that is done")
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
        try:
            reached = await self._move(wanted)
            engine.record_markets()
            await self._all_is_told()
        finally:
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
        while True:
            if until is Until.END and not clock.is_driven:
                return Until.END
            if not self._outboxes.are_none:
                # Who looks at a moment sees all that was before it.
                await self._is_told()
            due_ms = clock.next_ms()
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

    async def _is_told(self) -> None:
        """What has happened is durable, and lies in every outbox that it belongs into."""
        bus = self._engine.bus
        await self._engine.settled()
        await bus.all_handled(bus.position)
        await self._outboxes.have_room()

    async def _all_is_told(self) -> None:
        await self._is_told()
        await self._outboxes.are_empty()


class _Counts:
    """Of what was published."""

    def __init__(self) -> None:
        self.market_events = self.trades = self.fills = self.orders_closed = 0

    def add(self, transactions: list[Transaction]) -> None:
        for transaction in transactions:
            events = transaction.events
            for event in events:
                if isinstance(event, MarketMoved):
                    self.market_events += 1
                    self.trades += isinstance(event.event, TradePrinted)
                elif isinstance(event, OrderFilled):
                    self.fills += 1
                    self.orders_closed += event.order.status.is_terminal
            self.orders_closed += sum(1 for _ in closed_orders(events))
