"""Rows of the journal packed together: a chunk. docs/journal.md describes its bytes.

The first byte is the version. Version 1 is MessagePack of a list of rows, compressed by zlib. What
the rows have in common is told once then: a chunk has about a sixth of their size.
"""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.contradiction import contradiction

CHUNK_PREFIX = b"\x01"
_FAST = 1


class StoredRow(NamedTuple):
    """A row of the table `journal`."""

    first_seq: int
    last_seq: int
    time_ms: int
    payload: bytes


_decoder = msgspec.msgpack.Decoder(list[StoredRow])


def packed(rows: Iterable[StoredRow]) -> bytes:
    """The chunk. Takes its time, without the interpreter's lock."""
    return CHUNK_PREFIX + zlib.compress(msgspec.msgpack.encode(list(rows)), _FAST)


def unpacked(chunk: bytes) -> list[StoredRow]:
    """Raises DatabaseUnavailable."""
    if chunk[:1] != CHUNK_PREFIX:
        raise unknown_version("a chunk", chunk)
    try:
        return _decoder.decode(zlib.decompress(memoryview(chunk)[1:]))
    except (zlib.error, msgspec.DecodeError) as error:
        raise contradiction(f"a chunk of the journal makes no sense: {error}") from error


def unknown_version(what: str, stored: bytes) -> DatabaseUnavailable:
    """It was written by a hypersim that is not this one."""
    version = stored[0] if stored else "none"
    return DatabaseUnavailable(
        f"the journal has {what} of version {version}, which this hypersim does not know: use "
        "the hypersim that wrote it, or name another database"
    )
