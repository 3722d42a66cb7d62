"""What lies ready for whoever listens: frames that were pushed and are not sent yet."""

import asyncio
from collections.abc import Callable
from typing import Protocol

POLL_S = 0.001
"""Readers are looked at so often, by the wall's clock: theirs is the only one that a client has."""

PATIENCE_S = 5.0
"""How long of the wall's time each reader can hold up the exchange's."""


class Outbox(Protocol):
    """Of one socket."""

    @property
    def is_empty(self) -> bool:
        """Everything that was pushed is sent."""
        ...

    @property
    def is_half_full(self) -> bool:
        """Half of what it may hold waits to be sent."""
        ...

    def hold_up_no_longer(self) -> None:
        """Its reader is too slow, and is dropped."""
        ...


class Outboxes:
    """Those of all sockets that are open. `pushed` counts what was pushed into any."""

    def __init__(self) -> None:
        self.pushed = 0
        self._open: dict[Outbox, None] = {}

    @property
    def are_none(self) -> bool:
        """Whether nobody listens."""
        return not self._open

    def add(self, outbox: Outbox) -> None:
        """A socket is open."""
        self._open[outbox] = None

    def remove(self, outbox: Outbox) -> None:
        """It is not any more."""
        self._open.pop(outbox, None)

    async def have_room(self) -> None:
        """Return when no reader has half of its outbox to read."""
        await self._wait(lambda outbox: not outbox.is_half_full)

    async def are_empty(self) -> None:
        """Return when everything pushed so far, and since, is sent."""
        await self._wait(lambda outbox: outbox.is_empty)

    async def _wait(self, is_fine: Callable[[Outbox], bool]) -> None:
        """Each reader has its own patience, of the wall's time; who has used it up is dropped."""
        loop = asyncio.get_running_loop()
        for outbox in list(self._open):
            deadline_s = loop.time() + PATIENCE_S
            while outbox in self._open and not is_fine(outbox):
                if loop.time() > deadline_s:
                    outbox.hold_up_no_longer()
                    break
                await asyncio.sleep(POLL_S)
