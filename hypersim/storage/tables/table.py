"""A table as it is declared: what is written, what is read and what the schema says follow."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import astuple, fields

from hypersim.storage.tables.kinds import FROM_TEXT, SELECTED, Kind, Marks, encoder, source

BESIDE = ""
"""The field of a column that is no part of the value: it is given beside it."""

T = TypeVar("T", bound=msgspec.Struct)
U = TypeVar("U", bound=msgspec.Struct)


class Column(NamedTuple):
    """A column, and the `field` of the value that stands in it, where that has another name.

    `changes`: a later version of its row may change it. `null`: it may be missing. `rare`: what
    the value has here while it has nothing in the field of that name is that field's default, and
    never was anything else. `note` is for who reads the schema.
    """

    name: str
    kind: Kind
    field: str | None = None
    changes: bool = True
    null: bool = False
    rare: str | None = None
    note: str | None = None

    @property
    def source(self) -> str:
        """The field, or `BESIDE`."""
        return self.name if self.field is None else self.field


class Table(Generic[T]):
    """A table as batches write it: rows are added, or replace those with the same key. Where
    `is_known`, rows with these keys are there, and get these columns: far cheaper by the thousand,
    as nobody asks for each whether it is new. `fixed` are columns that the database itself gives
    all of these rows, as SQL."""

    def __init__(
        self,
        name: str,
        of: type[T],
        columns: tuple[Column, ...],
        key: tuple[str, ...] = (),
        fixed: Mapping[str, str] = MappingProxyType({}),
        *,
        is_known: bool = False,
    ) -> None:
        self.name = name
        self.columns = columns
        self.key = key
        self._of = of
        self._fixed = fixed
        self._is_known = is_known
        self._encoders = tuple(encoder(column.kind, null=column.null) for column in columns)
        self._sources = tuple((column.name, column.source) for column in columns)
        self._getters = {field: attrgetter(field) for _, field in self._sources if field != BESIDE}
        self._fields = tuple(field.name for field in fields(of))
        # To take a value apart costs less than to ask it for each field, unless few are wanted.
        self._takes_all = self._getters.keys() <= set(self._fields) and (
            2 * len(self._getters) > len(self._fields)
        )

    @cached_property
    def plain(self) -> "Table[T]":
        """The same for values that have nothing rare, and never had: fewer columns are cheaper."""
        rare = {column.name: column.source for column in self.columns if column.rare is not None}
        defaults = _defaults(self._of)
        fixed = {
            name: "NULL" if defaults[field] is None else str(defaults[field])
            for name, field in rare.items()
        }
        columns = tuple(column for column in self.columns if column.name not in rare)
        if self._is_known:
            # There they have nothing rare either.
            return Table(self.name, self._of, columns, self.key, self._fixed, is_known=True)
        return Table(self.name, self._of, columns, self.key, fixed)

    @cached_property
    def select(self) -> str:
        """What to select for `read`."""
        selected = (
            (column.source, SELECTED.get(column.kind, "{}").format(f'"{column.name}"'))
            for column in self.columns
        )
        return ", ".join(f'{sql} AS "{field}"' for field, sql in selected if field != BESIDE)

    @cached_property
    def added(self) -> "Table[T]":
        """The same for rows that are not there: nobody looks for each whether it is."""
        return Table(self.name, self._of, self.columns)

    @cached_property
    def changed(self) -> "Table[T]":
        """The same for rows that are there: what may change of them."""
        return self.changing(self._of, [one.name for one in self.columns if one.changes], {})

    def changing(
        self, of: type[U], columns: Collection[str], fixed: Mapping[str, str]
    ) -> "Table[U]":
        """The same for rows that are there and of which only these columns changed, as values `of`
        another type tell, and those of `fixed`, column → SQL."""
        kept = tuple(one for one in self.columns if one.name in columns or one.name in self.key)
        return Table(self.name, of, kept, self.key, fixed, is_known=True)

    def read(self, rows: Iterable[Mapping[str, Any]]) -> list[T]:
        """From rows of `select`. Raises msgspec.ValidationError."""
        return msgspec.convert([dict(row) for row in rows], list[self._of])  # type: ignore[name-defined]

    def filled(self, values: Sequence[T], **beside: Sequence[Any]) -> "Filled":
        """What stands in each column, of at least one value; only of the `plain` columns where none
        of them has anything rare."""
        if self._takes_all:
            taken = zip(*map(astuple, values), strict=True)
            by_field: dict[str, Sequence[Any]] = dict(zip(self._fields, taken, strict=True))
        else:
            by_field = {field: list(map(get, values)) for field, get in self._getters.items()}
        fitting, count = self, len(values)
        if self._usual and all([by_field[name].count(it) == count for name, it in self._usual]):
            fitting = self.plain
        columns = [
            beside[name] if field == BESIDE else by_field[field] for name, field in fitting._sources
        ]
        return Filled(fitting, columns)

    def encode(self, columns: Sequence[Sequence[Any]], marks: Marks) -> list[str]:
        """One text per column, of at least one row. Raises AmbiguousText."""
        return [
            encode(values, marks) for encode, values in zip(self._encoders, columns, strict=True)
        ]

    def write(self, first_parameter: int) -> str:
        """The SQL; parameters 1 and 2 are the marks, the columns follow at `first_parameter`."""
        quoted = [f'"{column.name}"' for column in self.columns]
        # To unnest in the list and not side by side after FROM spares a copy of every value.
        sources = ", ".join(
            f"unnest({source(column.kind, number)}) AS {name}"
            for number, (column, name) in enumerate(
                zip(self.columns, quoted, strict=True), first_parameter
            )
        )
        values = [
            FROM_TEXT[column.kind].format(f"source.{name}")
            for column, name in zip(self.columns, quoted, strict=True)
        ]
        written = dict(zip(quoted, values, strict=True))
        written |= {f'"{name}"': value for name, value in self._fixed.items()}
        rows = f"FROM (SELECT {sources}) AS source"
        if self._is_known:
            return self._update(written, rows)
        return (
            f"INSERT INTO {self.name} ({', '.join(written)})\n"
            f"SELECT {', '.join(written.values())}\n"
            f"{rows}{self._replacing()}"
        )

    def _update(self, written: Mapping[str, str], rows: str) -> str:
        keys = [f'"{name}"' for name in self.key]
        changes = ", ".join(f"{name} = {to}" for name, to in written.items() if name not in keys)
        found = " AND ".join(f"{self.name}.{key} = {written[key]}" for key in keys)
        return f"UPDATE {self.name} SET {changes}\n{rows}\nWHERE {found}"

    def _replacing(self) -> str:
        if not self.key:
            return ""
        changing = [c.name for c in self.columns if c.changes and c.name not in self.key]
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in changing)
        key = ", ".join(f'"{name}"' for name in self.key)
        return f"\nON CONFLICT ({key}) DO UPDATE SET {updates}"

    @cached_property
    def _usual(self) -> tuple[tuple[str, Any], ...]:
        """The fields without which a value has nothing rare, and what they are then."""
        rare = {column.rare: None for column in self.columns if column.rare is not None}
        defaults = _defaults(self._of)
        return tuple((name, defaults[name]) for name in rare)


class Filled(NamedTuple):
    """A table and some rows of it, column by column."""

    table: Table[Any]
    columns: list[Sequence[Any]]


def _defaults(of: type[Any]) -> dict[str, Any]:
    return {field.name: field.default for field in fields(of)}
