"""Reads a feed as the exchange does, and lets a test wait for what it says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from hypersim.market.events import MarketEvent
from hypersim.service.feed import Feed

DEADLINE_S = 30.0
POLL_S = 0.01
Event = TypeVar("Event")


class FeedTap:
    """All events so far. `forget()` before waiting for something new."""

    def __init__(self) -> None:
        self.events: list[MarketEvent] = []
        self.error: BaseException | None = None

    def forget(self) -> None:
        self.events.clear()

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(
        self,
        kind: type[Event],
        matches: Callable[[Event], bool] = lambda _: True,
        *,
        nudge: Callable[[], None] = lambda: None,
    ) -> Event:
        """The first event of `kind` that matches; `nudge` keeps the venue busy meanwhile."""
        found: list[Event] = []

        def is_there() -> bool:
            found.extend(event for event in self.of(kind) if matches(event))
            return bool(found)

        await self.eventually(is_there, nudge=nudge)
        return found[0]

    async def eventually(
        self, condition: Callable[[], bool], *, nudge: Callable[[], None] = lambda: None
    ) -> None:
        """Return once `condition` holds; fail after the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                if self.error is not None:
                    raise self.error
                nudge()
                await asyncio.sleep(POLL_S)


@contextlib.asynccontextmanager
async def listening(feed: Feed) -> AsyncIterator[FeedTap]:
    """Read an open feed until the block ends, then close it."""
    tap = FeedTap()

    async def read() -> None:
        try:
            async for event in feed.events():
                tap.events.append(event)
        except Exception as error:
            tap.error = error

    reader = asyncio.create_task(read())
    try:
        yield tap
    finally:
        await feed.close()
        async with asyncio.timeout(DEADLINE_S):
            await reader
    if tap.error is not None:
        raise tap.error
