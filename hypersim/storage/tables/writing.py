"""Rows of several tables in one statement: what it says, and what is sent with it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hypersim.storage.tables.kinds import USUAL_MARKS, AmbiguousText, Marks, unusual_marks
from hypersim.storage.tables.table import Filled, Table


class Bound(msgspec.Struct, frozen=True):
    """A statement and its arguments, and how many rows it writes."""

    statement: str
    arguments: list[Any]
    rows: int


def parts_of(tables: Iterable[Table[Any]]) -> tuple[list[str], int]:
    """What writes them, for a WITH clause, and the number of the next parameter."""
    # Nothing else would tell the types of the marks where no table has free text.
    parts = ["marks AS (SELECT $1::text, $2::text)"]
    parameter = 3
    for table in tables:
        parts.append(f"rows_{parameter} AS (\n{table.write(parameter)}\n)")
        parameter += len(table.columns)
    return parts, parameter


def encoded(filled: Sequence[Filled]) -> list[Any]:
    """The marks, and one text for each column."""
    try:
        return _encode(filled, USUAL_MARKS)
    except AmbiguousText:
        return _encode(filled, unusual_marks())


def count(filled: Sequence[Filled]) -> int:
    """How many rows there are."""
    return sum([len(one.columns[0]) for one in filled])


def _encode(filled: Sequence[Filled], marks: Marks) -> list[Any]:
    arguments: list[Any] = [*marks]
    for table, columns in filled:
        arguments.extend(table.encode(columns, marks))
    return arguments
