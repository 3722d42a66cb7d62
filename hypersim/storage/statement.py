"""The one statement that commits a batch: everything in it, or nothing.

It names only the tables that the batch has rows for, as each costs something even when there is
nothing for it; and most orders are plain ones, which have fewer columns. So there are a few
variants, each prepared when it is first needed.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

from msgspec.structs import astuple, fields

from hypersim.service.changes import Changes
from hypersim.storage import list_columns as listed
from hypersim.storage import rare_columns as rare
from hypersim.storage import trading_columns as trading
from hypersim.storage.columns import USUAL_MARKS, AmbiguousText, Marks, Table, unusual_marks
from hypersim.storage.endings import MASS_ENDINGS, end_places, ending_values
from hypersim.storage.vault import Vault
from hypersim.storage.withdrawal_rows import WITHDRAWALS, withdrawal_values
from hypersim.trading.counters import Counters

Values = list[Sequence[Any]]
"""The columns of a table's rows, in the table's order."""

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
    tables: list[Table] = []
    columns: list[Values] = []
    for table, values in _written(changes, vault):
        tables.append(table)
        columns.append(values)
    try:
        arguments = _encode(tables, columns, USUAL_MARKS)
    except AmbiguousText:
        arguments = _encode(tables, columns, unusual_marks())
    arguments.extend(astuple(changes.counters))
    rows = sum(len(values[0]) for values in columns)
    return Bound(_statement(tuple(tables)), arguments, changes.is_reset, rows)


@lru_cache
def _statement(tables: tuple[Table, ...]) -> str:
    # Nothing else would tell the types of the marks where no table has free text.
    parts = ["marks AS (SELECT $1::text, $2::text)"]
    parameter = 3
    for table in tables:
        parts.append(f"rows_{parameter} AS (\n{table.write(parameter)}\n)")
        parameter += len(table.columns)
    counters = ", ".join(f"{name} = ${number}" for number, name in enumerate(_COUNTERS, parameter))
    return f"WITH {', '.join(parts)}\nUPDATE checkpoint SET {counters}"


def _encode(tables: Sequence[Table], columns: Sequence[Values], marks: Marks) -> list[Any]:
    arguments: list[Any] = [*marks]
    for table, values in zip(tables, columns, strict=True):
        arguments.extend(table.encode(values, marks))
    return arguments


def _written(changes: Changes, vault: Vault) -> Iterator[tuple[Table, Values]]:
    if changes.orders or changes.together:
        yield from _of_orders(changes)
    if changes.fills:
        yield trading.TRADES, trading.fill_values(changes.fills)
    if changes.ledger:
        yield trading.LEDGER, trading.ledger_values(changes.ledger)
    if changes.balances:
        yield trading.BALANCES, trading.balance_values(changes.balances)
    if changes.lists:
        yield listed.ORDER_LISTS, listed.list_values(changes.lists.values())
    if changes.prevented:
        yield listed.PREVENTED_MATCHES, listed.prevented_values(changes.prevented.values())
    if changes.amendments:
        yield listed.ORDER_AMENDMENTS, listed.amendment_values(changes.amendments)
    yield from _rarer(changes, vault)


def _of_orders(changes: Changes) -> Iterator[tuple[Table, Values]]:
    places, firsts = end_places(changes)
    orders = list(changes.orders.values())
    if len(changes.closed) >= MANY_CLOSED:
        is_closed = [order.id in changes.closed for order in orders]
        closed = list(compress(orders, is_closed))
        yield trading.CLOSED_ORDERS, trading.closed_values(closed, [*compress(places, is_closed)])
        others = [not one for one in is_closed]
        orders, places = list(compress(orders, others)), list(compress(places, others))
    if orders:
        yield trading.order_table(orders), trading.order_values(orders, places)
    if changes.together:
        yield MASS_ENDINGS, ending_values(changes.together, firsts)


def _rarer(changes: Changes, vault: Vault) -> Iterator[tuple[Table, Values]]:
    if changes.candles:
        yield rare.CANDLES, rare.candle_values(changes.candles)
    if changes.public_trades:
        yield rare.PUBLIC_TRADES, rare.public_trade_values(changes.public_trades)
    if changes.tickers:
        yield rare.TICKERS, rare.ticker_values(changes.tickers)
    if changes.withdrawals:
        yield WITHDRAWALS, withdrawal_values(changes.withdrawals.values())
    if changes.users:
        yield rare.USERS, rare.user_values(changes.users.values(), vault)
    if changes.keys:
        yield rare.API_KEYS, rare.key_values(changes.keys.values(), vault)
    if changes.instruments:
        yield rare.INSTRUMENTS, rare.instrument_values(changes.instruments.values())
