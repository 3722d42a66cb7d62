"""Orders that ended together. The batch that ends them writes one row, which takes milliseconds for
any number of them; what a row each in `orders` takes, a second for 100,000, nobody waits for: they
are marked there piece by piece, by the same session, while nothing else is to commit or between two
batches. What a crash leaves undone the next start does before it reads. Until then readers of
`orders` wait.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg

from hypersim.service.changes import Changes, EndedTogether
from hypersim.storage.parameters import TIME_PARAMETER
from hypersim.storage.tables.orders import MassEnding
from hypersim.trading.order import TRANSITIONS

# A tuple, as members are compared by identity first, which is faster than to hash them.
_ENDED = tuple(status for status, after in TRANSITIONS.items() if not after)

PIECE_ORDERS = 1_000
"""Marked in some ten milliseconds, which is how long a batch may have to wait for them."""

# Whoever marked an order already did the same.
_PIECE = f"""
UPDATE orders SET status = $1::text, close_reason = $2::text,
    updated_at = {TIME_PARAMETER.format(3)}, locked = 0, ended_seq = $4::bigint + source.number
FROM unnest($5::bigint[]) WITH ORDINALITY AS source (id, number)
WHERE orders.id = source.id AND orders.ended_seq IS NULL
"""
_LAST_PIECE = f"""
WITH settled AS (DELETE FROM mass_endings WHERE place = $6::bigint)
{_PIECE}
"""
_SETTLE_ALL = """
WITH settled AS (
    UPDATE orders SET status = ending.status, close_reason = ending.close_reason,
        updated_at = ending.ended_at, locked = 0, ended_seq = ending.place + source.number - 1
    FROM mass_endings AS ending, unnest(ending.order_ids) WITH ORDINALITY AS source (id, number)
    WHERE orders.id = source.id AND orders.ended_seq IS NULL
)
DELETE FROM mass_endings
"""


def end_places(changes: Changes) -> tuple[list[int | None], list[int]]:
    """Places among ended orders: of each of `orders`, None for one that is open, and of the first
    one of each `together`. The checkpoint's `seq` counts every order that ends, so counting down
    from it gives each ended order of all batches a place of its own."""
    ended = [order.status in _ENDED for order in changes.orders.values()]
    place = changes.counters.seq - sum(ended) - sum(len(one.orders) for one in changes.together)
    places: list[int | None] = []
    firsts: list[int] = []
    waiting, count = deque(changes.together), 0
    for is_ended in ended:
        while waiting and waiting[0].before <= count and is_ended:
            firsts.append(place + 1)
            place += len(waiting.popleft().orders)
        place += is_ended
        count += is_ended
        places.append(place if is_ended else None)
    for one in waiting:
        firsts.append(place + 1)
        place += len(one.orders)
    return places, firsts


def mass_endings(together: Sequence[EndedTogether], firsts: Sequence[int]) -> list[MassEnding]:
    """The rows that tell of them; `firsts` are those of `end_places`."""
    return [
        MassEnding(
            first,
            one.orders[0].status,
            one.orders[0].close_reason,
            one.orders[0].updated_ms,
            tuple([order.id for order in one.orders]),
        )
        for first, one in zip(firsts, together, strict=True)
    ]


def pieces(changes: Changes) -> Iterator[tuple[str, list[Any]]]:
    """The statements, with their arguments, that mark the orders, to be run in this order."""
    _, firsts = end_places(changes)
    for one, place in zip(changes.together, firsts, strict=True):
        first = one.orders[0]
        ids = [order.id for order in one.orders]
        for start in range(0, len(ids), PIECE_ORDERS):
            some = ids[start : start + PIECE_ORDERS]
            how = [first.status, first.close_reason, first.updated_ms, place + start - 1, some]
            if start + len(some) < len(ids):
                yield _PIECE, how
            else:
                yield _LAST_PIECE, [*how, place]


async def settle_all(connection: asyncpg.Connection) -> None:
    """Mark all that is left, at once. Nothing is written where nothing is left."""
    if await connection.fetchval("SELECT EXISTS (SELECT FROM mass_endings)"):
        await connection.execute(_SETTLE_ALL)
