"""Recorded files as rows of text: CSV, ZIP of CSV, and Parquet where pyarrow is installed."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec

from hypersim.market.number import plain
from hypersim.service.feed import FeedUnavailable

SUFFIXES = (".csv", ".zip", ".parquet")


class Table(msgspec.Struct, frozen=True):
    """One table of rows: a file, or a member of a ZIP file."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The name without its folders."""
        return Path(self.member).name if self.member else self.path.name

    def rows(self) -> Iterator[list[str]]:
        """Every row that is not empty, the header (if there is one) first. Raises FeedUnavailable
        when the file cannot be read."""
        try:
            if self.member:
                yield from self._zipped_rows()
            elif self.path.suffix.lower() == ".parquet":
                yield from _parquet_rows(self.path)
            else:
                with self.path.open(newline="", encoding="utf-8-sig") as file:
                    yield from filter(None, csv.reader(file))
        except (OSError, BadZipFile, UnicodeDecodeError, csv.Error) as error:
            raise FeedUnavailable(f"replay: {self.name} cannot be read: {error}") from None

    def _zipped_rows(self) -> Iterator[list[str]]:
        with ZipFile(self.path) as archive, archive.open(self.member) as member:
            text = io.TextIOWrapper(member, encoding="utf-8-sig", newline="")
            yield from filter(None, csv.reader(text))


def tables_in(path: Path) -> list[Table]:
    """The tables of a file or of all files below a folder. Raises FeedUnavailable when there are
    none."""
    if not path.exists():
        raise FeedUnavailable(f"replay: {path} does not exist")
    if path.is_file():
        found = [path]
        if path.suffix.lower() not in SUFFIXES:
            known = ", ".join(SUFFIXES)
            raise FeedUnavailable(f"replay: {path.name} is of an unknown kind; known are: {known}")
    else:
        found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
    tables = [table for one in found for table in _tables_of(one)]
    if not tables:
        raise FeedUnavailable(f"replay: there is no recording in {path}")
    return tables


def _tables_of(path: Path) -> list[Table]:
    if path.suffix.lower() != ".zip":
        return [Table(path)]
    try:
        with ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith(".csv"))
    except (OSError, BadZipFile) as error:
        raise FeedUnavailable(f"replay: {path.name} cannot be read: {error}") from None
    return [Table(path, name) for name in names]


def _parquet_rows(path: Path) -> Iterator[list[str]]:
    if find_spec("pyarrow") is None:
        raise FeedUnavailable(
            f"replay: {path.name} needs pyarrow, which is not installed: pip install pyarrow"
        )
    file = import_module("pyarrow.parquet").ParquetFile(path)
    yield list(file.schema_arrow.names)
    for batch in file.iter_batches():
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """Plain digits: a float may print itself as 1e-05."""
    if isinstance(value, float):
        return plain(Decimal(str(value)))
    return str(value)
