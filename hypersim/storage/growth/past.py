"""The exchange as it was: from an image on, what the journal tells is done again by the core."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
from msgspec.structs import asdict, replace

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.contradiction import contradiction, reading
from hypersim.storage.growth.image import Image, image_of
from hypersim.storage.journal.events import JournalTransaction
from hypersim.storage.journal.reading import JournalRow, rows_after
from hypersim.storage.journal.replay import done_again
from hypersim.storage.vault import Vault
from hypersim.trading import fees, fills
from hypersim.trading.events import Event
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Rules
from hypersim.trading.state import ExchangeState

EVENTS_AT_ONCE = 5_000

_FIRST = """SELECT min(first_seq) FROM (
    (SELECT first_seq FROM journal_chunks ORDER BY last_seq LIMIT 1)
    UNION ALL (SELECT first_seq FROM journal ORDER BY last_seq, time_ms LIMIT 1)) AS found"""
_OLDEST = "SELECT seq, time_ms FROM journal_images ORDER BY seq LIMIT 1"
_NEAREST = """SELECT image FROM journal_images WHERE seq <= $1 AND time_ms <= $2
ORDER BY seq DESC LIMIT 1"""
_LATEST = 2**62


class Done(NamedTuple):
    """What happened in one transaction, which ended with event `seq` of that generation."""

    seq: int
    generation: int
    events: list[Event]


Wanted = Callable[[JournalTransaction], bool]
"""Whether what happened belongs to the past that is asked for; all that follows does not then."""


def exchange_at(image: Image, vault: Vault, where: str = "an image of the journal") -> Exchange:
    """An exchange that stands there. Nothing is decided in it, so any rules will do. Raises
    DatabaseUnavailable that says `where` it makes no sense."""
    exchange = Exchange(Rules(fills.load("touch"), fees.load("received")))
    with reading(where):
        recorded = image.recorded(vault)
        exchange.state = ExchangeState.restore(exchange.state.rules, recorded)
    return exchange


async def begins_whole(connection: asyncpg.Connection) -> bool:
    """Whether the journal tells everything from the first event on."""
    return bool(await connection.fetchval(_FIRST) == 1)


async def nearest(
    connection: asyncpg.Connection, vault: Vault, *, seq: int = _LATEST, time_ms: int = _LATEST
) -> Exchange:
    """The exchange at the last image that is not after either. Raises DatabaseUnavailable where the
    journal begins later."""
    stored = await connection.fetchval(_NEAREST, seq, time_ms)
    if stored is not None:
        return exchange_at(image_of(stored), vault)
    if await begins_whole(connection):
        return Exchange(Rules(fills.load("touch"), fees.load("received")))
    oldest = await connection.fetchrow(_OLDEST)
    if oldest is None:
        raise DatabaseUnavailable(
            "the journal has no image yet and does not tell of the beginning: a running server "
            "makes one within seconds"
        )
    moment = datetime.fromtimestamp(oldest["time_ms"] / 1000, UTC).isoformat(timespec="seconds")
    raise DatabaseUnavailable(
        f"the journal's oldest image is of event {oldest['seq']}, {moment}: what was before is not "
        "kept (--keep-journal); ask for that or later"
    )


async def go_on(
    connection: asyncpg.Connection, exchange: Exchange, vault: Vault, *, wanted: Wanted
) -> AsyncIterator[list[Done]]:
    """Do again what follows, while it is `wanted`; yields it, some rows at a time. Raises
    DatabaseUnavailable where that cannot be."""
    while True:
        at = exchange.state.counters
        rows = await rows_after(
            connection, at.seq, at.time_ms, events=EVENTS_AT_ONCE, also_packed=True
        )
        done: list[Done] = []
        for row in rows:
            if not _do(row, exchange, vault, wanted, done):
                yield done
                return
        exchange.forget_market()
        if not rows:
            return
        yield done


def _do(
    row: JournalRow,
    exchange: Exchange,
    vault: Vault,
    wanted: Wanted,
    done: list[Done],
) -> bool:
    """Whether all of the row was wanted."""
    for told in row.payload.transactions:
        if not wanted(told):
            return False
        with reading(f"the journal's row of the events {row.first_seq} to {row.last_seq}"):
            events = done_again(told, exchange, vault)
        done.append(Done(told.seq, exchange.state.counters.generation, events))
        exchange.state.counters.time_ms = told.time_ms
    exchange.state.counters.go_on_to(row.payload.counters)
    told_counters, counters = asdict(row.payload.counters), asdict(exchange.state.counters)
    for name, number in counters.items():
        if told_counters[name] != number:
            raise contradiction(
                f"after the journal's events {row.first_seq} to {row.last_seq}, {name} is "
                f"{told_counters[name]} as they say and {number} as they come to"
            )
    return True


def without_time(exchange: Exchange) -> dict[str, int]:
    """Its counters; time and feed go on where nothing happens, and that is not kept."""
    return asdict(replace(exchange.state.counters, time_ms=0, feed_ms=0, feed_told=0))
