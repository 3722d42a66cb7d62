"""Rows of the journal, in the order in which they were written."""

from typing import NamedTuple

import asyncpg
import msgspec

from hypersim.storage.contradiction import contradiction
from hypersim.storage.journal.encoding import Payload, decode

ROWS_AT_ONCE_MAX = 1_000

_AFTER = """SELECT first_seq, last_seq, time_ms, payload FROM journal
WHERE (last_seq, time_ms) > ($1, $2) AND first_seq <= $1 + $3
ORDER BY last_seq, time_ms LIMIT $4"""

_END = """SELECT greatest(
    (SELECT seq FROM checkpoint), (SELECT last_seq FROM journal ORDER BY last_seq DESC LIMIT 1))"""


class JournalRow(NamedTuple):
    """A row as it is stored, and what it tells."""

    first_seq: int
    last_seq: int
    time_ms: int
    payload: Payload


async def rows_after(
    connection: asyncpg.Connection, seq: int, time_ms: int, *, events: int
) -> list[JournalRow]:
    """Those that follow the row that ended with event `seq` at that time: about so many events of
    them, and at least one row if there is any. Raises DatabaseUnavailable."""
    found = await connection.fetch(_AFTER, seq, time_ms, events, ROWS_AT_ONCE_MAX)
    rows = []
    for first_seq, last_seq, row_ms, stored in found:
        if first_seq != seq + 1:
            raise contradiction(
                f"the journal goes on with event {first_seq} after event {seq}: a part is missing"
            )
        try:
            payload = decode(stored)
        except msgspec.DecodeError as error:
            raise contradiction(
                f"the journal's row of the events {first_seq} to {last_seq} makes no sense: {error}"
            ) from error
        rows.append(JournalRow(first_seq, last_seq, row_ms, payload))
        seq = last_seq
    return rows


async def end_of(connection: asyncpg.Connection, timeout_s: float) -> int | None:
    """The number of the record's last event; None where it has lost its checkpoint."""
    seq: int | None = await connection.fetchval(_END, timeout=timeout_s)
    return seq
