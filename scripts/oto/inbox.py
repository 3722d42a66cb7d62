"""What waits for a user's state machine: every event once, but of prices only the latest."""

import asyncio

from scripts.oto.messages import Event, QuoteMoved, Tick


class Inbox:
    """For one reader."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._quote: QuoteMoved | None = None
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event."""
        if isinstance(event, QuoteMoved):
            self._quote = event
        else:
            self._events.append(event)
        self._arrived.set()

    async def take(self, patience_s: float) -> list[Event]:
        """All that has come, the price first and then in order; a Tick when nothing does."""
        try:
            async with asyncio.timeout(patience_s):
                await self._arrived.wait()
        except TimeoutError:
            return [Tick()]
        self._arrived.clear()
        quotes: list[Event] = [] if self._quote is None else [self._quote]
        taken, self._events, self._quote = quotes + self._events, [], None
        return taken
