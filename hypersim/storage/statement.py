"""The one statement that commits a batch: everything in it, or nothing.

It has variants, as most batches hold orders and money only, and each table costs something even
when there is nothing for it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec.structs import astuple, fields

from hypersim.service.changes import Changes
from hypersim.storage import list_columns as listed
from hypersim.storage import rare_columns as rare
from hypersim.storage import trading_columns as trading
from hypersim.storage.columns import USUAL_MARKS, AmbiguousText, Marks, Table, unusual_marks
from hypersim.storage.vault import Vault
from hypersim.trading.state import Counters

_USUAL = (trading.ORDERS, trading.TRADES, trading.LEDGER, trading.BALANCES)
_LISTED = (listed.ORDER_LISTS, listed.PREVENTED_MATCHES, listed.ORDER_AMENDMENTS)
_RARE = (rare.USERS, rare.API_KEYS, rare.INSTRUMENTS, rare.CANDLES, rare.TICKERS)
_COUNTERS = tuple(field.name for field in fields(Counters))


def _statement(tables: Sequence[Table]) -> str:
    parameter = 3
    parts = []
    for table in tables:
        parts.append(f"{table.name}_rows AS (\n{table.insert(parameter)}\n)")
        parameter += len(table.columns)
    counters = ", ".join(f"{name} = ${number}" for number, name in enumerate(_COUNTERS, parameter))
    return f"WITH {', '.join(parts)}\nUPDATE checkpoint SET {counters}"


_USUAL_STATEMENT = _statement(_USUAL)
_LISTED_STATEMENT = _statement(_USUAL + _LISTED)
_FULL_STATEMENT = _statement(_USUAL + _LISTED + _RARE)
STATEMENTS = (_USUAL_STATEMENT, _LISTED_STATEMENT, _FULL_STATEMENT)


class Bound(NamedTuple):
    """A statement and its arguments."""

    statement: str
    arguments: list[Any]


def bind(changes: Changes, vault: Vault) -> Bound:
    """What commits `changes`."""
    values = list(_usual_values(changes))
    tables: Sequence[Table] = _USUAL
    statement = _USUAL_STATEMENT
    if changes.tickers or changes.candles or changes.users or changes.keys or changes.instruments:
        values.extend(_listed_values(changes))
        values.extend(_rare_values(changes, vault))
        tables, statement = _USUAL + _LISTED + _RARE, _FULL_STATEMENT
    elif changes.lists or changes.prevented or changes.amendments:
        values.extend(_listed_values(changes))
        tables, statement = _USUAL + _LISTED, _LISTED_STATEMENT
    try:
        arguments = _encode(tables, values, USUAL_MARKS)
    except AmbiguousText:
        arguments = _encode(tables, values, unusual_marks())
    arguments.extend(astuple(changes.counters))
    return Bound(statement, arguments)


def _encode(
    tables: Sequence[Table], values: Sequence[Sequence[Sequence[Any]]], marks: Marks
) -> list[Any]:
    arguments: list[Any] = [*marks]
    for table, columns in zip(tables, values, strict=True):
        arguments.extend(table.encode(columns, marks))
    return arguments


def _usual_values(changes: Changes) -> Iterator[list[Sequence[Any]]]:
    yield trading.order_values(list(changes.orders.values()), changes.counters.seq)
    yield trading.fill_values(changes.fills)
    yield trading.ledger_values(changes.ledger)
    yield trading.balance_values(changes.balances)


def _listed_values(changes: Changes) -> Iterator[list[Sequence[Any]]]:
    yield listed.list_values(changes.lists.values())
    yield listed.prevented_values(changes.prevented.values())
    yield listed.amendment_values(changes.amendments)


def _rare_values(changes: Changes, vault: Vault) -> Iterator[list[Sequence[Any]]]:
    yield rare.user_values(changes.users.values(), vault)
    yield rare.key_values(changes.keys.values(), vault)
    yield rare.instrument_values(changes.instruments.values())
    yield rare.candle_values(changes.candles)
    yield rare.ticker_values(changes.tickers)
