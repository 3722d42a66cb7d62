"""Recorded files as rows of text: CSV, ZIP of CSV, and Parquet where pyarrow is installed.

A file may be damaged, or made to do damage: whatever is wrong with it ends in one line that names
it, and no row or archive takes more memory than a recording needs.
"""

import csv
import io
import zlib
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

import msgspec

from hypersim.market.number import plain
from hypersim.service.feed import FeedUnavailable

SUFFIXES = (".csv", ".zip", ".parquet")

LINE_LENGTH_MAX = 16_384
"""Characters of one row; the widest dump has rows of 200."""

PACKED_RATIO_MAX = 200
PACKED_FREELY_BYTES = 2**26
"""A ZIP member above this size that is packed more tightly than that is no recording: digits pack
to a tenth, at best to a fortieth."""

_ENCRYPTED = 0x1
# RuntimeError: encrypted; NotImplementedError: packed in a way unknown here; ValueError and
# EOFError: what zipfile and pyarrow make of damage; UnicodeDecodeError is a ValueError.
_DAMAGE = (OSError, BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, csv.Error)


class Table(msgspec.Struct, frozen=True):
    """One table of rows: a file, or a member of a ZIP file."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The name without its folders; that of a member stands behind its archive's."""
        return f"{self.path.name}/{Path(self.member).name}" if self.member else self.path.name

    @property
    def plain_name(self) -> str:
        """The name of what holds the rows."""
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
                    yield from _csv_rows(file)
        except _DAMAGE as error:
            raise _unreadable(self.name, error) from None

    def _zipped_rows(self) -> Iterator[list[str]]:
        with ZipFile(self.path) as archive, archive.open(self.member) as member:
            yield from _csv_rows(io.TextIOWrapper(member, encoding="utf-8-sig", newline=""))


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
        found = sorted(
            one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file()
        )
    tables = [table for one in found for table in _tables_of(one)]
    if not tables:
        raise FeedUnavailable(f"replay: there is no recording in {path}")
    return tables


def _tables_of(path: Path) -> list[Table]:
    if path.suffix.lower() != ".zip":
        return [Table(path)]
    try:
        with ZipFile(path) as archive:
            members = {one.filename: one for one in archive.infolist()}
    except _DAMAGE as error:
        raise _unreadable(path.name, error) from None
    names = sorted(name for name in members if name.lower().endswith(".csv"))
    if not names:
        raise FeedUnavailable(f"replay: {path.name} holds no CSV file; unpack what is in it")
    for name in names:
        _check_member(path, members[name])
    return [Table(path, name) for name in names]


def _check_member(path: Path, member: ZipInfo) -> None:
    name = f"{path.name}/{Path(member.filename).name}"
    if member.flag_bits & _ENCRYPTED:
        raise FeedUnavailable(f"replay: {name} is encrypted; unpack it first")
    is_bomb = member.file_size > PACKED_RATIO_MAX * max(1, member.compress_size)
    if is_bomb and member.file_size > PACKED_FREELY_BYTES:
        raise FeedUnavailable(
            f"replay: {name} unpacks to {member.file_size:,} bytes from {member.compress_size:,}: "
            "this is no recording"
        )


def _csv_rows(file: io.TextIOBase | io.TextIOWrapper) -> Iterator[list[str]]:
    return filter(None, csv.reader(_lines(file)))


def _lines(file: io.TextIOBase | io.TextIOWrapper) -> Iterator[str]:
    while line := file.readline(LINE_LENGTH_MAX + 1):
        if len(line) > LINE_LENGTH_MAX:
            raise ValueError(f"a row is longer than {LINE_LENGTH_MAX:,} characters")
        yield line


def _unreadable(name: str, error: BaseException) -> FeedUnavailable:
    why = " ".join(str(error).split()) or type(error).__name__
    return FeedUnavailable(f"replay: {name} cannot be read: {why[:200]}")


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
