"""The event bus: committed transactions to whoever listens, in commit order.

A listener that does not keep up is dropped, never waited for. Every transaction has a position, so
that the bus can say when everybody has handled all up to one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from hypersim.service.transaction import Transaction
from hypersim.service.waking import wake

BACKLOG_MAX = 20_000
"""Events that a subscriber may be behind when more come; a few seconds of a busy exchange. One
batch may be larger, when one command ended very many orders: that is nobody's slowness."""

GRACE_S = 2.0
"""How long a listener can hold up whoever waits for everybody."""


class Subscription:
    """An unread backlog of committed transactions. `overflowed` says that the reader was too slow
    and gets nothing more."""

    def __init__(self, bus: "EventBus", backlog_max: int) -> None:
        self.overflowed = False
        self._bus = bus
        self._backlog: deque[Transaction] = deque()
        self._backlog_max = backlog_max
        self._events = 0
        self._in_hand = 0
        self._idle: asyncio.Future[None] | None = None

    @property
    def handled(self) -> int:
        """The position up to which everything was handled."""
        return self._bus.position - len(self._backlog) - self._in_hand

    def offer(self, transactions: Sequence[Transaction], events: int) -> None:
        """Called by the bus only; `events` is how many there are in the transactions."""
        if self._backlog and self._events + events > self._backlog_max:
            self.give_up()
        else:
            self._backlog.extend(transactions)
            self._events += events
            wake(self._idle)

    def give_up(self) -> None:
        """Called by the bus only: nothing more comes."""
        self.overflowed = True
        # The read side is far ahead of what was not taken yet.
        self._backlog.clear()
        self._bus.drop(self)
        wake(self._idle)

    async def next(self) -> list[Transaction]:
        """Everything that came since the last call, all of which counts as handled now; waits for
        at least one. Empty after an overflow, and then only."""
        self._in_hand = 0
        if self._bus.awaiting:
            self._bus.progressed()
        while not self._backlog and not self.overflowed:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle
        transactions = list(self._backlog)
        self._backlog.clear()
        self._events = 0
        self._in_hand = len(transactions)
        return transactions

    def close(self) -> None:
        """Listen no more."""
        self._bus.drop(self)


class EventBus:
    """Publishes each committed batch to all subscriptions. `position` counts the transactions."""

    def __init__(self) -> None:
        self.position = 0
        self.witness: Callable[[Sequence[Transaction]], object] | None = None
        """Sees each batch before anybody else hears of it; nearly always there is none."""
        self._subscriptions: dict[Subscription, None] = {}
        self._progress = asyncio.Event()
        self.watchers = 0
        """How many want to be told of each moment before time goes on, where somebody moves it."""
        self.awaiting = 0
        """How many wait for progress; nearly always nobody does."""

    @property
    def handled(self) -> int:
        """The position up to which everybody has handled everything."""
        return min([self.position, *(one.handled for one in self._subscriptions)])

    def subscribe(self, backlog_max: int = BACKLOG_MAX) -> Subscription:
        """Everything that is published from now on."""
        subscription = Subscription(self, backlog_max)
        self._subscriptions[subscription] = None
        return subscription

    def publish(self, transactions: Sequence[Transaction]) -> None:
        """Hand a batch to everybody."""
        self.position += len(transactions)
        if self.witness is not None:
            self.witness(transactions)
        events = 0
        for transaction in transactions:
            events += len(transaction.events)
        for subscription in list(self._subscriptions):
            subscription.offer(transactions, events)

    async def all_handled(self, position: int, grace_s: float = GRACE_S) -> None:
        """Return once everybody has handled everything up to a position that was published. Who
        has not by the end of the grace time (of the wall's clock) is dropped."""
        self.awaiting += 1
        try:
            async with asyncio.timeout(grace_s):
                while self.handled < position:
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            for subscription in list(self._subscriptions):
                if subscription.handled < position:
                    subscription.give_up()
        finally:
            self.awaiting -= 1

    def progressed(self) -> None:
        """Called by subscriptions only: somebody has handled more."""
        self._progress.set()

    def drop(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription, None)
        self.progressed()
