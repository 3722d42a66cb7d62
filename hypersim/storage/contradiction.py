"""What is said of a record that makes no sense: one line that names the place, whatever it is."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION, explain, is_outage

Row = Mapping[str, Any]
T = TypeVar("T")


def contradiction(problem: str) -> DatabaseUnavailable:
    """The database was reached, but nobody can trade on what is in it."""
    return DatabaseUnavailable(
        f"the database contradicts itself: {problem}; it was changed by hand, or restored in "
        "part: restore it whole from a copy, or name another one"
    )


@contextlib.contextmanager
def reading(place: str) -> Iterator[None]:
    """What goes wrong inside is because of what stands at `place`, unless the database is away."""
    try:
        yield
    except DatabaseUnavailable:
        raise
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        if is_outage(error):
            raise
        raise contradiction(f"{place} cannot be read: {explain(error)}") from error
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise contradiction(f"{place} makes no sense: {type(error).__name__}: {said}") from error


def made_of(
    table: str, rows: Sequence[Row], key: tuple[str, ...], make: Callable[[Sequence[Row]], T]
) -> T:
    """What `make` makes of all rows; where it fails, the row that is to blame is named."""
    try:
        return make(rows)
    except DatabaseUnavailable:
        raise
    except Exception:
        for row in rows:
            with reading(f"row {', '.join(str(row[column]) for column in key)} of {table}"):
                make([row])
        raise
