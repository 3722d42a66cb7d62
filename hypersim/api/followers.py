"""Following what is committed: one task for each part of a dialect that tells of it or counts it.

Once transactions are handed over, the read side stands exactly where the last of them left it, as
both are updated in one step. Who relies on that does not await before all is told.
"""

import contextlib
from collections.abc import Callable, Coroutine, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

import structlog

from hypersim.service.engine import Engine
from hypersim.service.transaction import Transaction

log = structlog.get_logger(__name__)


class Follower(Protocol):
    """Whoever follows."""

    name: str
    """Of its clients, for the log."""

    def hear(self, transactions: Sequence[Transaction]) -> Coroutine[None, None, None] | None:
        """What happened, in order; all of it in one generation. What is returned is awaited."""
        ...

    def begin_again(self) -> None:
        """A reset: accounts, keys and orders from before are gone."""
        ...

    def miss(self) -> None:
        """Something was not told: too much at once, or a bug. What cannot be told whole ends."""
        ...


async def follow(engine: Engine, follower: Follower) -> None:
    """Tell the follower of all that is committed from now on, until canceled."""
    while True:
        try:
            await _follow(engine, follower)
            log.warning(f"{follower.name} dropped: too many events at once")
        except Exception as bug:
            log.error(f"{follower.name} dropped", exc_info=bug)
        follower.miss()


async def _follow(engine: Engine, follower: Follower) -> None:
    """Return when there was too much to keep."""
    generation = engine.view.generation
    with contextlib.closing(engine.bus.subscribe()) as subscription:
        while transactions := await subscription.next():
            for of_one, run in groupby(transactions, _generation):
                await _tell(follower, list(run), is_first=of_one != generation)
                generation = of_one


async def _tell(follower: Follower, transactions: Sequence[Transaction], *, is_first: bool) -> None:
    """What happened in one generation; `is_first`: it begins with this."""
    if is_first:
        follower.begin_again()
    telling = follower.hear(transactions)
    if telling is not None:
        await telling


_generation: Callable[[Transaction], int] = attrgetter("generation")
