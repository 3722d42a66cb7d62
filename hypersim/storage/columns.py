"""How rows cross to the database: each column of a batch as one text, taken apart over there.

asyncpg spends about 250 ns on each element of an array and 50 ns when the elements come joined, so
this is what makes group commit cheap on our side. Numbers, times and words cannot contain a comma.
Free text is joined by a separator that it does not contain: see `Marks`.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, NamedTuple, cast


class Kind(Enum):
    """What a column holds."""

    TIME = auto()
    INTEGER = auto()
    MONEY = auto()
    FLAG = auto()
    BYTES = auto()
    WORD = auto()
    OPTIONAL_WORD = auto()
    INTEGERS = auto()
    TEXT = auto()
    TEXTS = auto()
    DOCUMENT = auto()


_FROM_TEXT = {
    # Times up to the year 2255 times 1000 are whole numbers below 2^53, so nothing is rounded.
    Kind.TIME: "'epoch'::timestamptz + {}::bigint * interval '1 millisecond'",
    Kind.INTEGER: "{}::bigint",
    Kind.MONEY: "{}::numeric",
    Kind.FLAG: "{}::boolean",
    Kind.BYTES: "decode({}, 'hex')",
    Kind.WORD: "{}",
    Kind.OPTIONAL_WORD: "{}",
    Kind.INTEGERS: "string_to_array({}, ' ')::bigint[]",
    Kind.TEXT: "{}",
    Kind.TEXTS: "string_to_array({}, ' ')",
    Kind.DOCUMENT: "{}::jsonb",
}


class Marks(NamedTuple):
    """What separates free texts from each other, and what stands for a missing one."""

    separator: str
    missing: str


USUAL_MARKS = Marks("\x1f", "\x1e")


def unusual_marks() -> Marks:
    """For text that contains the usual marks: nobody could have guessed these."""
    token = secrets.token_hex(16)
    return Marks(f"\x1f{token}", f"\x1e{token}")


class AmbiguousText(Exception):
    """A text contains one of the marks."""


class Column(NamedTuple):
    """A column, and whether a later version of its row may change it."""

    name: str
    kind: Kind
    changes: bool = True


class Table:
    """A table as batches write it: rows are added, or replace those with the same key. Where
    `is_known`, rows with these keys are there, and get these columns: far cheaper by the thousand,
    as nobody asks for each whether it is new."""

    def __init__(
        self,
        name: str,
        columns: tuple[Column, ...],
        key: tuple[str, ...] = (),
        fixed: Mapping[str, str] = MappingProxyType({}),
        *,
        is_known: bool = False,
    ) -> None:
        self.name = name
        self.columns = columns
        self._key = key
        self._fixed = fixed
        self._is_known = is_known
        self._encoders = tuple(_ENCODERS.get(column.kind, _plain) for column in columns)

    def fixing(self, fixed: Mapping[str, str]) -> "Table":
        """The same for rows that all have these values, column → SQL, and never had others: fewer
        columns are cheaper."""
        columns = tuple(column for column in self.columns if column.name not in fixed)
        return Table(self.name, columns, self._key, fixed)

    def changing(self, columns: Collection[str], fixed: Mapping[str, str]) -> "Table":
        """The same for rows that are there and of which only these columns changed, and those of
        `fixed`, column → SQL."""
        kept = tuple(one for one in self.columns if one.name in columns or one.name in self._key)
        return Table(self.name, kept, self._key, fixed, is_known=True)

    def encode(self, values: Sequence[Sequence[Any]], marks: Marks) -> list[str]:
        """One text per column from the values of at least one row. Raises AmbiguousText."""
        return [
            encode(column_values, marks)
            for encode, column_values in zip(self._encoders, values, strict=True)
        ]

    def write(self, first_parameter: int) -> str:
        """The SQL; parameters 1 and 2 are the marks, the columns follow at `first_parameter`."""
        sources = ", ".join(
            _source(column.kind, number)
            for number, column in enumerate(self.columns, first_parameter)
        )
        quoted = [f'"{column.name}"' for column in self.columns]
        values = [
            _FROM_TEXT[column.kind].format(f"source.{name}")
            for column, name in zip(self.columns, quoted, strict=True)
        ]
        written = dict(zip(quoted, values, strict=True))
        written |= {f'"{name}"': value for name, value in self._fixed.items()}
        rows = f"FROM unnest({sources}) AS source({', '.join(quoted)})"
        if self._is_known:
            return self._update(written, rows)
        return (
            f"INSERT INTO {self.name} ({', '.join(written)})\n"
            f"SELECT {', '.join(written.values())}\n"
            f"{rows}{self._replacing()}"
        )

    def _update(self, written: Mapping[str, str], rows: str) -> str:
        keys = [f'"{name}"' for name in self._key]
        changes = ", ".join(f"{name} = {to}" for name, to in written.items() if name not in keys)
        found = " AND ".join(f"{self.name}.{key} = {written[key]}" for key in keys)
        return f"UPDATE {self.name} SET {changes}\n{rows}\nWHERE {found}"

    def _replacing(self) -> str:
        if not self._key:
            return ""
        changing = [c.name for c in self.columns if c.changes and c.name not in self._key]
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in changing)
        key = ", ".join(f'"{name}"' for name in self._key)
        return f"\nON CONFLICT ({key}) DO UPDATE SET {updates}"


def _source(kind: Kind, parameter: int) -> str:
    if _ENCODERS.get(kind) is _free:
        return f"(string_to_array(${parameter}::text, $1::text, $2::text))[2:]"
    # Python's own word for a missing value, so that encoding needs no special case.
    return f"string_to_array(${parameter}::text, ',', 'None')"


def _plain(values: Sequence[Any], _: Marks) -> str:
    # What few orders have is missing from most batches as a whole, or the same.
    first = values[0]
    if first is values[-1] and values.count(first) == len(values):
        return ",".join([str(first)] * len(values))
    return ",".join(map(str, values))


def _words(values: Sequence[str], _: Marks) -> str:
    return ",".join(values)


def _free(values: Sequence[str | None], marks: Marks) -> str:
    """The separator also stands in front, or one empty text could not be told from none at all."""
    separator, missing = marks
    missing_count = 0
    try:
        joined = separator + separator.join(cast("Sequence[str]", values))
    except TypeError:
        missing_count = values.count(None)
        present = [missing if value is None else value for value in values]
        joined = separator + separator.join(present)
    if joined.count(separator) != len(values) or joined.count(missing) != missing_count:
        raise AmbiguousText
    return joined


_ENCODERS: dict[Kind, Callable[[Sequence[Any], Marks], str]] = {
    Kind.WORD: _words,
    Kind.TEXT: _free,
    Kind.TEXTS: _free,
    Kind.DOCUMENT: _free,
}
