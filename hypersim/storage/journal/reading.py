"""Rows of the journal, in the order in which they were written."""

from collections.abc import Iterator
from typing import NamedTuple

import asyncpg
import msgspec

from hypersim.storage.contradiction import contradiction
from hypersim.storage.journal.encoding import Payload, decode
from hypersim.storage.journal.packing import StoredRow, unpacked

ROWS_AT_ONCE_MAX = 1_000

_AFTER = """SELECT first_seq, last_seq, time_ms, payload FROM journal
WHERE (last_seq, time_ms) > ($1, $2) AND first_seq <= $1 + $3
ORDER BY last_seq, time_ms LIMIT $4"""

_PACKED_AFTER = """SELECT packed FROM journal_chunks WHERE last_seq > $1
ORDER BY last_seq LIMIT 1"""

_END = """SELECT greatest(
    (SELECT seq FROM checkpoint), (SELECT last_seq FROM journal ORDER BY last_seq DESC LIMIT 1))"""


class JournalRow(NamedTuple):
    """A row as it is stored, and what it tells."""

    first_seq: int
    last_seq: int
    time_ms: int
    payload: Payload


async def rows_after(
    connection: asyncpg.Connection,
    seq: int,
    time_ms: int,
    *,
    events: int,
    also_packed: bool = False,
) -> list[JournalRow]:
    """Those that follow the row that ended with event `seq` at that time: about so many events of
    them, and at least one row if there is any; those that are packed, a chunk at a time. With
    `also_packed` there may be no others. Raises DatabaseUnavailable."""
    found: list[StoredRow] = [
        StoredRow(*row)
        for row in await connection.fetch(_AFTER, seq, time_ms, events, ROWS_AT_ONCE_MAX)
    ]
    if found[0].first_seq > seq + 1 if found else also_packed:
        found = await _packed_after(connection, seq) or found
    return [_read(row, before) for before, row in zip(_ends(seq, found), found, strict=False)]


def _ends(seq: int, rows: list[StoredRow]) -> Iterator[int]:
    """Where each row should go on from."""
    yield seq
    for row in rows:
        yield row.last_seq


def _read(row: StoredRow, seq: int) -> JournalRow:
    if row.first_seq != seq + 1:
        raise contradiction(
            f"the journal goes on with event {row.first_seq} after event {seq}: a part is missing"
        )
    try:
        payload = decode(row.payload)
    except msgspec.DecodeError as error:
        raise contradiction(
            f"the journal's row of the events {row.first_seq} to {row.last_seq} makes no sense: "
            f"{error}"
        ) from error
    return JournalRow(row.first_seq, row.last_seq, row.time_ms, payload)


async def _packed_after(connection: asyncpg.Connection, seq: int) -> list[StoredRow]:
    packed = await connection.fetchval(_PACKED_AFTER, seq)
    return [] if packed is None else [row for row in unpacked(packed) if row.last_seq > seq]


async def end_of(connection: asyncpg.Connection, timeout_s: float) -> int | None:
    """The number of the record's last event; None where it has lost its checkpoint."""
    seq: int | None = await connection.fetchval(_END, timeout=timeout_s)
    return seq
