"""Following what is committed, for those parts of a dialect that tell of it or count it. Each task
that follows is woken by every order, so what takes no time follows in one.

While it is told, the read side stands exactly where the last of the transactions left it: both are
updated in one step, and nobody awaits before all is told.
"""

from collections.abc import Callable, Iterable, Sequence
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
        """What happened, in order; all of it in one generation."""
        ...

    def begin_again(self) -> None:
        """A reset: accounts, keys and orders from before are gone."""
        ...

    def miss(self) -> None:
        """Something was not told: too much at once, or a bug. What cannot be told whole ends."""
        ...


async def follow(engine: Engine, *followers: Follower) -> None:
    """Tell the followers of all that is committed from now on, one after the other, until
    canceled. A bug of one is nothing to the others."""
    subscription, generation = engine.bus.subscribe(), engine.view.generation
    try:
        while True:
            transactions = await subscription.next()
            if not transactions:
                _drop(followers)
                subscription, generation = engine.bus.subscribe(), engine.view.generation
                continue
            for follower in followers:
                _tell(follower, transactions, generation)
            generation = transactions[-1].generation
    finally:
        subscription.close()


def _drop(followers: Iterable[Follower]) -> None:
    for follower in followers:
        log.warning(f"{follower.name} dropped: too many events at once")
        follower.miss()


def _tell(follower: Follower, transactions: Sequence[Transaction], generation: int) -> None:
    """What happened after it was told up to this generation."""
    try:
        for of_one, run in groupby(transactions, _generation):
            if of_one != generation:
                follower.begin_again()
            generation = of_one
            follower.hear(list(run))
    except Exception as bug:
        log.error(f"{follower.name} dropped", exc_info=bug)
        follower.miss()


_generation: Callable[[Transaction], int] = attrgetter("generation")
