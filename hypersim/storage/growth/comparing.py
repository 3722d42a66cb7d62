"""What the tables do not show as it was told, and what they show and nobody told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg
import msgspec
from msgspec.structs import asdict, replace

from hypersim.storage.growth.differing import of_fields
from hypersim.storage.growth.told import Told
from hypersim.storage.tables.money import LEDGER_LEGS, WITHDRAWALS
from hypersim.storage.tables.orders import (
    ORDER_AMENDMENTS,
    ORDER_LISTS,
    ORDERS,
    PREVENTED_MATCHES,
    TRADES,
)
from hypersim.storage.tables.table import Table
from hypersim.trading.counters import Counters

K = TypeVar("K")
T = TypeVar("T", bound=msgspec.Struct)

TABLES = "the tables"

_NAMED = "SELECT {} FROM {} WHERE id = ANY($1::bigint[])"
_BETWEEN = "SELECT {} FROM {} WHERE {} > $1 AND {} <= $2"
_PLACES = "SELECT id, ended_seq FROM orders WHERE id = ANY($1::bigint[])"
_AMENDMENTS = f"SELECT {ORDER_AMENDMENTS.select} FROM order_amendments WHERE order_id = ANY($1)"
_NEVER_AMENDED = """SELECT order_id, number FROM order_amendments
LEFT JOIN orders ON orders.id = order_id
WHERE number > coalesce(orders.amendments, 0) ORDER BY order_id, number"""


class _Numbered(NamedTuple):
    """A table whose rows have numbers that a counter gives out."""

    table: str
    kind: str
    counter: str
    number: str = "id"


_NUMBERED = (
    _Numbered("orders", "order", "order_id"),
    _Numbered("trades", "trade", "trade_id"),
    _Numbered("ledger", "ledger entry", "ledger_seq", "seq"),
    _Numbered("order_lists", "order list", "list_id"),
    _Numbered("prevented_matches", "prevented match", "prevented_match_id"),
    _Numbered("withdrawals", "withdrawal", "withdrawal_id"),
)


async def compared(
    connection: asyncpg.Connection, told: Told, before: Counters, after: Counters
) -> list[str]:
    """One line for each difference; the counters are those before and after what is `told`."""
    tables = _Tables(connection, before, after)
    problems = [
        *_differing("trade {1} of order {0}", told.fills, await tables.fills()),
        *_differing("leg {1} of ledger entry {0}", told.lines, await tables.lines()),
        *_differing("prevented match {}", told.prevented, await tables.prevented()),
        *_differing("order {}", told.orders, await tables.of(ORDERS, told.orders)),
        *_differing("order list {}", told.lists, await tables.of(ORDER_LISTS, told.lists)),
        *_differing(
            "withdrawal {}", told.withdrawals, await tables.of(WITHDRAWALS, told.withdrawals)
        ),
        *await _misplaced(connection, told.places),
        *await _misamended(connection, told),
    ]
    for name, known in (
        ("orders", told.order_ids),
        ("order_lists", told.list_ids),
        ("withdrawals", told.withdrawal_ids),
    ):
        (numbered,) = [one for one in _NUMBERED if one.table == name]
        found = await tables.numbers(numbered)
        problems += [_untold(f"{numbered.kind} {one}") for one in found if one not in known]
    return problems


async def beyond(connection: asyncpg.Connection, counters: Counters) -> list[str]:
    """What has a number that was never given out."""
    problems: list[str] = []
    for one in _NUMBERED:
        last = getattr(counters, one.counter)
        rows = await connection.fetch(
            f"SELECT DISTINCT {one.number} FROM {one.table} WHERE {one.number} > $1 ORDER BY 1",
            last,
        )
        problems += [_untold(f"{one.kind} {row[0]}") for row in rows]
    for row in await connection.fetch(_NEVER_AMENDED):
        problems.append(_untold(f"amendment {row['number']} of order {row['order_id']}"))
    return problems


class _Tables:
    """What they show of a span of the counters."""

    def __init__(self, connection: asyncpg.Connection, before: Counters, after: Counters) -> None:
        self._connection = connection
        # After a reset numbers begin again.
        self._before = before if before.generation == after.generation else Counters()
        self._after = after

    async def fills(self) -> dict[tuple[int, int], Any]:
        rows = await self._between(TRADES, "trade_id")
        return {(one.order_id, one.id): one for one in rows}

    async def lines(self) -> dict[tuple[int, int], Any]:
        rows = await self._between(LEDGER_LEGS, "ledger_seq", "seq")
        return {(one.seq, one.leg): one for one in rows}

    async def prevented(self) -> dict[int, Any]:
        rows = await self._between(PREVENTED_MATCHES, "prevented_match_id")
        return {one.id: one for one in rows}

    async def of(self, table: Table[Any], wanted: Mapping[int, Any]) -> dict[int, Any]:
        """Those of these numbers."""
        if not wanted:
            return {}
        statement = _NAMED.format(table.select, table.name)
        found = await self._connection.fetch(statement, list(wanted))
        return {one.id: one for one in table.read(found)}

    async def numbers(self, numbered: _Numbered) -> list[int]:
        """Of all that are there."""
        rows = await self._fetch(numbered.number, numbered.table, numbered.counter, numbered.number)
        return sorted(row[0] for row in rows)

    async def _between(self, table: Table[Any], counter: str, number: str = "id") -> list[Any]:
        return table.read(await self._fetch(table.select, table.name, counter, number))

    async def _fetch(
        self, columns: str, table: str, counter: str, number: str
    ) -> Sequence[asyncpg.Record]:
        first, last = getattr(self._before, counter), getattr(self._after, counter)
        if first == last:
            return ()
        statement = _BETWEEN.format(columns, table, number, number)
        rows: list[asyncpg.Record] = await self._connection.fetch(statement, first, last)
        return rows


async def _misplaced(connection: asyncpg.Connection, places: Mapping[int, int]) -> list[str]:
    if not places:
        return []
    found = dict(await connection.fetch(_PLACES, list(places)))
    return [
        f"order {order_id}: ended_seq is {place} by the journal and {found[order_id]} in {TABLES}"
        for order_id, place in places.items()
        if found.get(order_id, place) != place
    ]


async def _misamended(connection: asyncpg.Connection, told: Told) -> list[str]:
    if not told.amendments:
        return []
    order_ids = [order_id for order_id, _ in told.amendments]
    rows = ORDER_AMENDMENTS.read(await connection.fetch(_AMENDMENTS, order_ids))
    shown = {(row.order_id, row.number): row for row in rows}
    # Of these orders there are earlier and later ones too.
    shown = {key: row for key, row in shown.items() if key in told.amendments}
    for key, row in shown.items():
        if row.seq == row.number:
            # As an older version left it, which did not tell the event.
            shown[key] = replace(row, seq=told.amendments[key].seq)
    return list(_differing("amendment {1} of order {0}", told.amendments, shown))


def _differing(name: str, told: dict[K, T], shown: dict[K, T]) -> Iterator[str]:
    """`name` has a place for the key, or for each part of it."""
    for key in told | shown:
        one, row = told.get(key), shown.get(key)
        if one == row:
            continue
        named = name.format(*key) if isinstance(key, tuple) else name.format(key)
        if one is None:
            yield _untold(named)
        elif row is None:
            yield f"{named} is not in {TABLES}"
        else:
            yield from of_fields(named, asdict(one), asdict(row), TABLES)


def _untold(name: str) -> str:
    return f"{name} is in {TABLES} and not in the journal"
