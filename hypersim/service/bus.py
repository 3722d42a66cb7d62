"""The event bus: committed events to whoever listens, in commit order.

A listener that does not keep up is dropped, never waited for.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from hypersim.trading.events import Event

BACKLOG_MAX = 20_000
"""Events that a subscriber may be behind when more come; a few seconds of a busy exchange. One
batch may be larger, when one command ended very many orders: that is nobody's slowness."""


class Subscription:
    """An unread backlog of committed events. `overflowed` says that the reader was too slow and
    gets nothing more."""

    def __init__(self, bus: "EventBus", backlog_max: int) -> None:
        self.overflowed = False
        self._bus = bus
        self._backlog: deque[Event] = deque()
        self._backlog_max = backlog_max
        self._wake = asyncio.Event()

    def offer(self, events: Sequence[Event]) -> None:
        """Called by the bus only."""
        if self._backlog and len(self._backlog) + len(events) > self._backlog_max:
            self.overflowed = True
            self._bus.drop(self)
        else:
            self._backlog.extend(events)
        self._wake.set()

    async def next_events(self) -> list[Event]:
        """Everything that came since the last call; waits for at least one. Empty only after an
        overflow."""
        while not self._backlog and not self.overflowed:
            self._wake.clear()
            await self._wake.wait()
        events = list(self._backlog)
        self._backlog.clear()
        return events

    def close(self) -> None:
        """Listen no more."""
        self._bus.drop(self)


class EventBus:
    """Publishes each committed batch to all subscriptions."""

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, None] = {}

    def subscribe(self, backlog_max: int = BACKLOG_MAX) -> Subscription:
        """Everything that is published from now on."""
        subscription = Subscription(self, backlog_max)
        self._subscriptions[subscription] = None
        return subscription

    def publish(self, events: Sequence[Event]) -> None:
        """Hand a batch to everybody."""
        for subscription in list(self._subscriptions):
            subscription.offer(events)

    def drop(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription, None)
