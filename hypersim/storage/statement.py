"""The one statement that commits a batch: everything in it, or nothing.

It names only the tables that the batch has rows for, as each costs something even when there is
nothing for it; and most orders are plain ones, which have fewer columns. So there are a few
variants, each prepared when it is first needed.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

from msgspec.structs import astuple, fields

from hypersim.service.changes import Changes
from hypersim.storage.endings import end_places, mass_endings
from hypersim.storage.tables import markets, users
from hypersim.storage.tables.kinds import USUAL_MARKS, AmbiguousText, Marks, unusual_marks
from hypersim.storage.tables.money import BALANCES, LEDGER, WITHDRAWALS
from hypersim.storage.tables.orders import (
    CLOSED_ORDERS,
    MASS_ENDINGS,
    ORDER_AMENDMENTS,
    ORDER_LISTS,
    ORDERS,
    PREVENTED_MATCHES,
    TRADES,
)
from hypersim.storage.tables.table import Filled, Table
from hypersim.storage.vault import Vault
from hypersim.trading.counters import Counters

MANY_CLOSED = 500
"""So many orders that did nothing but end have a statement of their own, as canceled all at once.
It is planned when it is first needed, so when there are at least as many orders to look among."""

_COUNTERS = tuple(field.name for field in fields(Counters))


class Bound(NamedTuple):
    """A statement and its arguments; whether the record is emptied first, all but the markets; and
    how many rows it writes."""

    statement: str
    arguments: list[Any]
    is_reset: bool
    rows: int


def bind(changes: Changes, vault: Vault) -> Bound:
    """What commits `changes`."""
    written = list(_written(changes, vault))
    try:
        arguments = _encode(written, USUAL_MARKS)
    except AmbiguousText:
        arguments = _encode(written, unusual_marks())
    arguments.extend(astuple(changes.counters))
    rows = sum([len(one.columns[0]) for one in written])
    statement = _statement(tuple([one.table for one in written]))
    return Bound(statement, arguments, changes.is_reset, rows)


@lru_cache
def _statement(tables: tuple[Table[Any], ...]) -> str:
    # Nothing else would tell the types of the marks where no table has free text.
    parts = ["marks AS (SELECT $1::text, $2::text)"]
    parameter = 3
    for table in tables:
        parts.append(f"rows_{parameter} AS (\n{table.write(parameter)}\n)")
        parameter += len(table.columns)
    counters = ", ".join(f"{name} = ${number}" for number, name in enumerate(_COUNTERS, parameter))
    return f"WITH {', '.join(parts)}\nUPDATE checkpoint SET {counters}"


def _encode(written: Iterable[Filled], marks: Marks) -> list[Any]:
    arguments: list[Any] = [*marks]
    for table, columns in written:
        arguments.extend(table.encode(columns, marks))
    return arguments


def _written(changes: Changes, vault: Vault) -> Iterator[Filled]:
    if changes.orders or changes.together:
        yield from _of_orders(changes)
    if changes.fills:
        yield TRADES.filled(changes.fills)
    if changes.ledger:
        yield LEDGER.filled(changes.ledger)
    if changes.balances:
        accounts, assets = zip(*changes.balances, strict=True)
        yield BALANCES.filled(list(changes.balances.values()), user_id=accounts, asset=assets)
    if changes.lists:
        yield ORDER_LISTS.filled(list(changes.lists.values()))
    if changes.prevented:
        yield PREVENTED_MATCHES.filled(list(changes.prevented.values()))
    if changes.amendments:
        yield ORDER_AMENDMENTS.filled(changes.amendments)
    yield from _of_markets(changes)
    yield from _rarer(changes, vault)


def _of_orders(changes: Changes) -> Iterator[Filled]:
    places, firsts = end_places(changes)
    orders = list(changes.orders.values())
    if len(changes.closed) >= MANY_CLOSED:
        is_closed = [order.id in changes.closed for order in orders]
        closed, their_places = list(compress(orders, is_closed)), list(compress(places, is_closed))
        yield CLOSED_ORDERS.filled(closed, ended_seq=their_places)
        others = [not one for one in is_closed]
        orders, places = list(compress(orders, others)), list(compress(places, others))
    if orders:
        yield ORDERS.filled(orders, ended_seq=places)
    if changes.together:
        yield MASS_ENDINGS.filled(mass_endings(changes.together, firsts))


def _of_markets(changes: Changes) -> Iterator[Filled]:
    if changes.candles:
        yield markets.candle_rows(changes.candles)
    if changes.public_trades:
        yield markets.PUBLIC_TRADES.filled(changes.public_trades)
    if tickers := markets.ticker_rows(changes.tickers):
        yield markets.TICKERS.filled(tickers)
    if changes.instruments:
        listed = markets.instrument_rows(changes.instruments.values())
        yield markets.INSTRUMENTS.filled(listed)


def _rarer(changes: Changes, vault: Vault) -> Iterator[Filled]:
    if changes.withdrawals:
        yield WITHDRAWALS.filled(list(changes.withdrawals.values()))
    if changes.users:
        yield users.USERS.filled(users.user_rows(changes.users.values(), vault))
    if changes.keys:
        yield users.API_KEYS.filled(users.key_rows(changes.keys.values(), vault))
