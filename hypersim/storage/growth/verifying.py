"""Whether the record is what the journal comes to: from each image, the core does again what
happened, and arrives at the next image; from the last, at the tables."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TypeVar

import asyncpg
import msgspec
from msgspec.structs import asdict

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.growth.differing import differences, of_fields
from hypersim.storage.growth.image import Image, image_in, image_of
from hypersim.storage.growth.past import begins_whole, exchange_at, go_on, nearest
from hypersim.storage.tables.orders import ORDERS, TRADES
from hypersim.storage.vault import Vault
from hypersim.trading.events import Event, OrderFilled, OrdersClosed
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Fill, Order

K = TypeVar("K")

TABLES = "the tables"

_IMAGES = "SELECT seq FROM journal_images WHERE seq > $1 ORDER BY seq"
_IMAGE = "SELECT image FROM journal_images WHERE seq = $1"
_FIRST_IMAGE = "SELECT min(seq) FROM journal_images"
_ORDERS = f"SELECT {ORDERS.select} FROM orders WHERE id = ANY($1::bigint[])"
_TRADES = f"SELECT {TRADES.select} FROM trades WHERE order_id = ANY($1::bigint[])"


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
    after_seq, seq = exchange.state.counters.seq, target.counters.seq
    problems: list[str] = []
    try:
        async for done in go_on(connection, exchange, vault, wanted=lambda told: told.seq <= seq):
            # What was before a reset is in no table any more.
            events = [
                event
                for one in done
                if one.generation == tables.counters.generation
                for event in one.events
            ]
            problems += await _missing(connection, events)
        problems += differences(exchange, exchange_at(target, vault), where)
    except DatabaseUnavailable as unavailable:
        problems.append(str(unavailable))
    return Segment(after_seq, seq, where, problems)


async def _missing(connection: asyncpg.Connection, events: list[Event]) -> list[str]:
    """What the tables do not show of orders that ended, and of what they traded."""
    ended = {order.id: order for event in events for order in _orders(event)}
    fills = {(one.order_id, one.id): one for one in _fills(events)}
    found = ORDERS.read(await connection.fetch(_ORDERS, list(ended)))
    orders = {order.id: order for order in found}
    problems = list(_differing(ended, orders, "order"))
    traded = TRADES.read(await connection.fetch(_TRADES, list({one[0] for one in fills})))
    problems += _differing(fills, {(one.order_id, one.id): one for one in traded}, "trade")
    return problems


def _differing(
    told: Mapping[K, "Order | Fill"], shown: Mapping[K, "Order | Fill"], kind: str
) -> Iterator[str]:
    for key, one in told.items():
        name = f"{kind} {one.id}"
        row = shown.get(key)
        if row is None:
            yield f"{name} is not in {TABLES}"
        elif row != one:
            yield from of_fields(name, asdict(one), asdict(row), TABLES)


def _orders(event: Event) -> Iterator[Order]:
    if isinstance(event, OrdersClosed):
        yield from event.orders
        return
    order: Order | None = getattr(event, "order", None)
    if order is not None and order.status.is_terminal:
        yield order


def _fills(events: list[Event]) -> Iterator[Fill]:
    return (event.fill for event in events if isinstance(event, OrderFilled))
