"""What is done to the journal's old part, a short transaction each. Nothing here takes a lock that
a writer or a backup would meet: rows are packed and dropped by plain deletes, not with a table.

A row that is gone from the journal is in the tables, even after a crash: the projection's commit
came before, and what is dropped waits for the disk.
"""

import asyncio
from bisect import bisect_left
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

import asyncpg

from hypersim.storage.growth.image import LOCK, image_in, to_bytes
from hypersim.storage.growth.keeping import Keeping
from hypersim.storage.journal.packing import StoredRow, packed

CHUNK_ROWS = 1_000
CHUNK_BYTES = 1_000_000
"""So much is packed together: enough to compress well, little enough for the writer not to
notice."""

SEGMENT_EVENTS = 500_000
"""From one image to the next; to do so many again takes some seconds."""

IMAGE_EVERY_S = 86_400.0
"""In days in which less happens, an image each."""

# Until a vacuum, an index still leads to what was deleted in front: nothing is looked for there.
_PACKED_SEQ = "coalesce((SELECT max(last_seq) FROM journal_chunks), 0)"
_SIZES = f"""SELECT last_seq, time_ms, octet_length(payload) AS length FROM journal
WHERE last_seq > {_PACKED_SEQ} AND last_seq <= (SELECT seq FROM checkpoint)
ORDER BY last_seq, time_ms LIMIT $1"""
_ROWS = f"""DELETE FROM journal WHERE last_seq > {_PACKED_SEQ} AND (last_seq, time_ms) <= ($1, $2)
RETURNING first_seq, last_seq, time_ms, payload"""
_CHUNK = """INSERT INTO journal_chunks (last_seq, first_seq, packed_at, packed)
VALUES ($1, $2, now(), $3)"""
_OF_TIME = f"""DELETE FROM journal WHERE first_seq > last_seq AND last_seq >= {_PACKED_SEQ}
AND (last_seq, time_ms) < (SELECT seq, time_ms FROM checkpoint)"""

_LAST_IMAGE = """SELECT seq, extract(epoch FROM now() - made_at)::float8 FROM journal_images
ORDER BY seq DESC LIMIT 1"""
_IMAGE = """INSERT INTO journal_images (seq, time_ms, made_at, image)
VALUES ($1, $2, now(), $3) ON CONFLICT DO NOTHING"""

_IMAGES = "SELECT seq, made_at < now() - $1::interval FROM journal_images ORDER BY seq"
_STORED = """SELECT last_seq, octet_length(packed) FROM journal_chunks
UNION ALL SELECT seq, octet_length(image) FROM journal_images
UNION ALL SELECT last_seq, octet_length(payload) FROM journal"""
_FOR_EVER = timedelta(days=100_000)


async def pack(connection: asyncpg.Connection) -> bool:
    """Pack the journal's oldest rows that the tables show, if there are enough for a chunk; whether
    there were."""
    sizes = await connection.fetch(_SIZES, CHUNK_ROWS)
    so_far = list(accumulate(row["length"] for row in sizes))
    count = bisect_left(so_far, CHUNK_BYTES) + 1
    if count > len(sizes):
        if len(sizes) < CHUNK_ROWS:
            return False
        count = len(sizes)
    last = sizes[count - 1]
    async with connection.transaction():
        found = [StoredRow(*row) for row in await connection.fetch(_ROWS, *last[:2])]
        rows = sorted(row for row in found if row.first_seq <= row.last_seq)
        if rows:
            chunk = await asyncio.to_thread(packed, rows)
            await connection.execute(_CHUNK, rows[-1].last_seq, rows[0].first_seq, chunk)
    return True


async def forget_idle_time(connection: asyncpg.Connection) -> None:
    """Drop rows that told of time alone, once a later one is in the tables."""
    await connection.execute(_OF_TIME)


async def take_image(connection: asyncpg.Connection) -> bool:
    """Keep the state that the tables show, if the last image is long ago; whether it was."""
    last = await connection.fetchrow(_LAST_IMAGE)
    seq = await connection.fetchval("SELECT seq FROM checkpoint")
    if last is not None:
        last_seq, age_s = last
        is_due = seq >= last_seq + SEGMENT_EVENTS or (age_s > IMAGE_EVERY_S and seq > last_seq)
        if not is_due:
            return False
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(LOCK)
        image = await image_in(connection)
    stored = await asyncio.to_thread(to_bytes, image)
    await connection.execute(_IMAGE, image.counters.seq, image.counters.time_ms, stored)
    return True


class _Image(NamedTuple):
    seq: int
    is_old: bool


async def drop(connection: asyncpg.Connection, keeping: Keeping) -> int | None:
    """Drop what is not kept, from one image to another: what is left begins with one. Returns with
    which event it ends, None if nothing went."""
    age = _FOR_EVER if keeping.age_s is None else timedelta(seconds=keeping.age_s)
    images = [_Image(*row) for row in await connection.fetch(_IMAGES, age)]
    cut = max((one.seq for one in images[1:] if one.is_old), default=None)
    if keeping.size is not None:
        cut = await _cut_by_size(connection, images, keeping.size, cut)
    if cut is None:
        return None
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute("DELETE FROM journal_chunks WHERE last_seq <= $1", cut)
        await connection.execute("DELETE FROM journal WHERE last_seq <= $1", cut)
        await connection.execute("DELETE FROM journal_images WHERE seq < $1", cut)
    return cut


async def _cut_by_size(
    connection: asyncpg.Connection, images: list[_Image], size: int, cut: int | None
) -> int | None:
    stored = await connection.fetch(_STORED)
    left = sum(length for seq, length in stored if cut is None or seq > cut)
    going = iter(sorted((seq, length) for seq, length in stored if cut is None or seq > cut))
    seq, length = next(going, (0, 0))
    for image in images[1:]:
        if left <= size:
            break
        if cut is not None and image.seq <= cut:
            continue
        cut = image.seq
        while length and seq <= cut:
            left -= length
            seq, length = next(going, (0, 0))
    return cut
