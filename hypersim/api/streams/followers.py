"""Following what is committed: one task for each part of a dialect that tells of it or counts it.

Once transactions are handed over, the read side stands exactly where the last of them left it, as
both are updated in one step. Who relies on that does not await before all is told.
"""

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
        subscription = engine.bus.subscribe()
        generation = engine.view.generation
        try:
            while transactions := await subscription.next():
                await _tell(follower, transactions, generation)
                generation = transactions[-1].generation
            log.warning(f"{follower.name} dropped: too many events at once")
        except Exception as bug:
            log.error(f"{follower.name} dropped", exc_info=bug)
        finally:
            subscription.close()
        follower.miss()


async def _tell(follower: Follower, transactions: Sequence[Transaction], generation: int) -> None:
    """What happened after it was told up to this generation."""
    for of_one, run in groupby(transactions, _generation):
        if of_one != generation:
            follower.begin_again()
        generation = of_one
        if (telling := follower.hear(list(run))) is not None:
            await telling


_generation: Callable[[Transaction], int] = attrgetter("generation")
