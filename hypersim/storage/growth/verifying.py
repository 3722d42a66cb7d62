"""Whether the record is what the journal comes to: from each image, the core does again what
happened, and arrives at the next image; from the last, at the tables."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
from msgspec.structs import replace

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.growth.comparing import TABLES, beyond, compared
from hypersim.storage.growth.differing import differences, shortened
from hypersim.storage.growth.image import Image, image_in, image_of
from hypersim.storage.growth.past import begins_whole, exchange_at, go_on, nearest
from hypersim.storage.growth.told import Telling
from hypersim.storage.vault import Vault
from hypersim.trading.exchange import Exchange

_IMAGES = "SELECT seq FROM journal_images WHERE seq > $1 ORDER BY seq"
_IMAGE = "SELECT image FROM journal_images WHERE seq = $1"
_FIRST_IMAGE = "SELECT min(seq) FROM journal_images"


class Segment(msgspec.Struct, frozen=True):
    """The events after `after_seq` up to `seq`, where they end (an image, or the tables), and what
    differs there."""

    after_seq: int
    seq: int
    where: str
    problems: list[str]


async def verified(connection: asyncpg.Connection, vault: Vault) -> AsyncIterator[Segment]:
    """Segment by segment, in a repeatable-read transaction that has the tables' locks. Raises
    DatabaseUnavailable where there is nothing to begin with."""
    shown = await image_in(connection)
    if await begins_whole(connection):
        exchange = await nearest(connection, vault, seq=-1)
    else:
        exchange = await nearest(
            connection, vault, seq=await connection.fetchval(_FIRST_IMAGE) or 0
        )
    for (seq,) in await connection.fetch(_IMAGES, exchange.state.counters.seq):
        try:
            image = image_of(await connection.fetchval(_IMAGE, seq))
        except DatabaseUnavailable as unavailable:
            yield Segment(exchange.state.counters.seq, seq, f"image {seq}", [str(unavailable)])
            continue
        yield await _segment(connection, vault, exchange, image, shown, f"image {seq}")
        exchange = exchange_at(image, vault)
    yield await _segment(connection, vault, exchange, shown, shown, TABLES)


async def _segment(
    connection: asyncpg.Connection,
    vault: Vault,
    exchange: Exchange,
    target: Image,
    tables: Image,
    where: str,
) -> Segment:
    seq, generation = target.counters.seq, tables.counters.generation
    before = replace(exchange.state.counters)
    after_seq, telling = before.seq, Telling(exchange, generation)
    problems: list[str] = []
    try:
        async for done in go_on(connection, exchange, vault, wanted=lambda told: told.seq <= seq):
            after = replace(exchange.state.counters)
            if after.generation == generation:
                problems += await compared(connection, telling.told(done), before, after)
            before = after
        problems += differences(exchange, exchange_at(target, vault, where), where)
        if where == TABLES:
            problems += await beyond(connection, target.counters)
    except DatabaseUnavailable as unavailable:
        problems.append(str(unavailable))
    return Segment(after_seq, seq, where, shortened(problems))
