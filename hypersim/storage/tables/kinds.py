"""What columns hold, and how it crosses: each column of a batch as one text, taken apart there.

asyncpg spends about 250 ns on each element of an array and 50 ns when the elements come joined, so
this is what makes group commit cheap on our side. Numbers, times and words cannot contain a comma.
Free text is joined by a separator that it does not contain: see `Marks`.

What comes back is selected so that msgspec makes values of it by itself, in under a microsecond
each: numbers as text, times as milliseconds.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple


class Kind(Enum):
    """What a column holds. `MONEY` has 18 decimals; a `NUMBER`, which a feed says, has no bound.
    A `WORD` is one of a closed set."""

    TIME = auto()
    INTEGER = auto()
    SMALL = auto()
    MONEY = auto()
    NUMBER = auto()
    FLAG = auto()
    BYTES = auto()
    WORD = auto()
    INTEGERS = auto()
    TEXT = auto()
    TEXTS = auto()
    DOCUMENT = auto()


FROM_TEXT = {
    # Times up to the year 2255 times 1000 are whole numbers below 2^53, so nothing is rounded.
    Kind.TIME: "'epoch'::timestamptz + {}::bigint * interval '1 millisecond'",
    Kind.INTEGER: "{}::bigint",
    Kind.SMALL: "{}::bigint",
    Kind.MONEY: "{}::numeric",
    Kind.NUMBER: "{}::numeric",
    Kind.FLAG: "{}::boolean",
    Kind.BYTES: "decode({}, 'hex')",
    Kind.WORD: "{}",
    Kind.INTEGERS: "string_to_array({}, ' ')::bigint[]",
    Kind.TEXT: "{}",
    Kind.TEXTS: "string_to_array({}, ' ')",
    Kind.DOCUMENT: "{}::jsonb",
}
"""SQL that makes a value of its text."""

SELECTED = {
    # EXTRACT yields a numeric, so this is exact.
    Kind.TIME: "(extract(epoch FROM {}) * 1000)::bigint",
    # Without needless zeros.
    Kind.MONEY: "trim_scale({})::text",
    Kind.NUMBER: "trim_scale({})::text",
    Kind.DOCUMENT: "{}::text",
}
"""SQL that selects it; of other kinds it is the column itself."""

_FREE_KINDS = frozenset({Kind.TEXT, Kind.TEXTS, Kind.DOCUMENT})


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


Encoder = Callable[[Sequence[Any], Marks], str]


def encoder(kind: Kind, *, null: bool) -> Encoder:
    """What makes one text of a column's values; where one may be missing, it is None."""
    if kind is Kind.WORD:
        return _plain if null else _words
    return _ENCODERS.get(kind, _plain)


def source(kind: Kind, parameter: int) -> str:
    """SQL that takes the text apart; parameters 1 and 2 are the marks."""
    if kind in _FREE_KINDS:
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


def _bytes(values: Sequence[bytes | None], _: Marks) -> str:
    return ",".join(["None" if value is None else value.hex() for value in values])


def _integers(values: Sequence[Sequence[int]], _: Marks) -> str:
    return ",".join([" ".join(map(str, value)) for value in values])


def _free(values: Sequence[Any], marks: Marks) -> str:
    """The separator also stands in front, or one empty text could not be told from none at all."""
    separator, missing = marks
    missing_count = 0
    try:
        joined = separator + separator.join(values)
    except TypeError:
        missing_count = values.count(None)
        present = [missing if value is None else value for value in values]
        joined = separator + separator.join(present)
    if joined.count(separator) != len(values) or joined.count(missing) != missing_count:
        raise AmbiguousText
    return joined


def _texts(values: Sequence[Collection[str]], marks: Marks) -> str:
    return _free([" ".join(value) for value in values], marks)


_ENCODERS: dict[Kind, Encoder] = {
    Kind.BYTES: _bytes,
    Kind.INTEGERS: _integers,
    Kind.TEXT: _free,
    Kind.TEXTS: _texts,
    Kind.DOCUMENT: _free,
}
