"""The one statement that brings the tables up to some rows of the journal: all of it, or nothing.

It names only the tables that there are rows for, as each costs something even when there is
nothing for it; and most orders are plain ones, which have fewer columns. So there are a few
variants, each prepared when it is first needed.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec.structs import astuple, fields

from hypersim.storage.ownership import IS_OWNER, Owner
from hypersim.storage.projection.rows import Rows
from hypersim.storage.tables import markets, users
from hypersim.storage.tables.money import BALANCES, LEDGER, WITHDRAWALS
from hypersim.storage.tables.orders import (
    CLOSED_ORDERS,
    ORDER_AMENDMENTS,
    ORDER_LISTS,
    ORDERS,
    PREVENTED_MATCHES,
    TRADES,
)
from hypersim.storage.tables.table import Filled, Table
from hypersim.storage.tables.writing import Bound, count, encoded, parts_of
from hypersim.trading.counters import Counters

COUNTERS = tuple(field.name for field in fields(Counters))


def bind(rows: Rows, position: Counters, owner: Owner) -> Bound:
    """What writes `rows` where the tables stand at `position` and are the owner's, and returns
    nothing elsewhere."""
    filled = list(_filled(rows))
    arguments = encoded(filled)
    arguments.extend(astuple(rows.counters))
    arguments += [position.seq, position.time_ms, *owner]
    return Bound(_statement(tuple([one.table for one in filled])), arguments, count(filled))


@lru_cache
def _statement(tables: tuple[Table[Any], ...]) -> str:
    parts, parameter = parts_of(tables)
    counters = ", ".join(f"{name} = ${number}" for number, name in enumerate(COUNTERS, parameter))
    where = parameter + len(COUNTERS)
    return (
        f"WITH {', '.join(parts)}\nUPDATE checkpoint SET {counters}"
        f" WHERE seq = ${where} AND time_ms = ${where + 1}"
        f" AND {IS_OWNER.format(where + 2, where + 3)} RETURNING seq"
    )


def _filled(rows: Rows) -> Iterator[Filled]:
    places = rows.places
    for table, orders in ((ORDERS.added, rows.opened), (ORDERS.changed, rows.orders)):
        if orders:
            ended = [places.get(order_id) for order_id in orders]
            yield table.filled(list(orders.values()), ended_seq=ended)
    if rows.closed:
        ended = [places[order_id] for order_id in rows.closed]
        yield CLOSED_ORDERS.filled(list(rows.closed.values()), ended_seq=ended)
    if rows.fills:
        yield TRADES.filled(rows.fills)
    if rows.ledger:
        yield LEDGER.filled(rows.ledger)
    if rows.balances:
        accounts, assets = zip(*rows.balances, strict=True)
        yield BALANCES.filled(list(rows.balances.values()), user_id=accounts, asset=assets)
    if rows.lists:
        yield ORDER_LISTS.filled(list(rows.lists.values()))
    if rows.prevented:
        yield PREVENTED_MATCHES.filled(list(rows.prevented.values()))
    if rows.amendments:
        yield ORDER_AMENDMENTS.filled(rows.amendments)
    yield from _rarer(rows)


def _rarer(rows: Rows) -> Iterator[Filled]:
    if rows.withdrawals:
        yield WITHDRAWALS.filled(list(rows.withdrawals.values()))
    if rows.users:
        yield users.USERS.filled(list(rows.users.values()))
    if rows.keys:
        yield users.API_KEYS.filled(
            list(rows.keys.values()), position=list(rows.key_places.values())
        )
    if rows.instruments:
        listed = markets.instrument_rows(rows.instruments.values())
        yield markets.INSTRUMENTS.filled(listed, position=list(rows.instrument_places.values()))
