"""Following what is committed: one task for all parts of a dialect that tell of it or count it.

Once transactions are handed over, the read side stands exactly where the last of them left it, as
both are updated in one step. Nobody awaits before all is told, so that nothing changes meanwhile,
and what the bus counts as handled has been handed to the sockets.
"""

from collections.abc import Iterable, Sequence
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

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """What happened, in order; all of it in one generation. What is pushed lies in the outboxes
        of its sockets by the end, or the socket is dropped: nobody is waited for."""
        ...

    def begin_again(self) -> None:
        """A reset: accounts, keys and orders from before are gone."""
        ...

    def miss(self) -> None:
        """Something was not told: too much at once, or a bug. What cannot be told whole ends."""
        ...


async def follow(engine: Engine, *followers: Follower) -> None:
    """Tell the followers, one after the other, of all that is committed from now on, until
    canceled."""
    while True:
        subscription = engine.bus.subscribe()
        generation = engine.view.generation
        try:
            while transactions := await subscription.next():
                _tell(followers, transactions, generation)
                generation = transactions[-1].generation
        finally:
            subscription.close()
        for follower in followers:
            log.warning(f"{follower.name} dropped: too many events at once")
            follower.miss()


def _tell(
    followers: Iterable[Follower], transactions: Sequence[Transaction], generation: int
) -> None:
    """What happened after they were told up to this generation. A bug is one follower's matter."""
    is_one_generation = transactions[-1].generation == generation
    for follower in followers:
        try:
            if is_one_generation:
                follower.hear(transactions)
            else:
                _tell_of_resets(follower, transactions, generation)
        except Exception as bug:
            log.error(f"{follower.name} dropped", exc_info=bug)
            follower.miss()


def _tell_of_resets(
    follower: Follower, transactions: Sequence[Transaction], generation: int
) -> None:
    for of_one, run in groupby(transactions, attrgetter("generation")):
        if of_one != generation:
            follower.begin_again()
        generation = of_one
        follower.hear(list(run))
