"""The journal does not grow for ever: what the tables have shown for long goes from its beginning.

Rows that tell of time alone go as soon as a later row is in the tables. The projection's own
commits are not flushed, but a crash that loses one also loses whatever was committed after it, so
no row is ever gone that the tables do not show.
"""

import asyncpg

from hypersim.trading.counters import Counters

KEPT_EVENTS = 1_000_000
"""So many of the last events stay in the journal, some hundred megabytes."""

EVERY_S = 10.0
ROWS_AT_ONCE_MAX = 20_000

_OLD = """DELETE FROM journal WHERE (last_seq, time_ms) IN (
    SELECT last_seq, time_ms FROM journal WHERE last_seq <= $1 ORDER BY last_seq, time_ms LIMIT $2)
"""
_OF_TIME = """DELETE FROM journal
WHERE (last_seq, time_ms) < ($1, $2) AND last_seq >= $3 AND first_seq > last_seq"""


async def prune(connection: asyncpg.Connection, position: Counters, since_seq: int) -> None:
    """Take off what is not kept while the tables stand at `position`; rows of time alone before
    event `since_seq` are gone already."""
    await connection.execute(_OF_TIME, position.seq, position.time_ms, since_seq)
    if position.seq > KEPT_EVENTS:
        await connection.execute(_OLD, position.seq - KEPT_EVENTS, ROWS_AT_ONCE_MAX)
