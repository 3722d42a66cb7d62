"""A row of the journal as bytes; docs/journal.md describes them.

The first byte is the version. Version 1 is MessagePack of a map: `counters` after the batch, and
`transactions`, each event a map whose `type` names it. Fields with their default are left out, so a
field may be added that has one; any other change is another version.
"""

import msgspec

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.journal.events import JournalTransaction
from hypersim.trading.counters import Counters

VERSION = 1
PREFIX = bytes((VERSION,))


class Payload(msgspec.Struct, frozen=True):
    """What one row tells: some transactions, or none where only time went on, and the counters
    after them."""

    counters: Counters
    transactions: list[JournalTransaction]


_decoder = msgspec.msgpack.Decoder(Payload)


to_bytes = msgspec.msgpack.Encoder().encode
"""What follows the `PREFIX` of a payload. Raises UnicodeEncodeError for a text with half of a
surrogate pair."""


def decode(stored: bytes) -> Payload:
    """Raises DatabaseUnavailable where it was written by another version, and
    msgspec.DecodeError."""
    if stored[:1] != PREFIX:
        version = stored[0] if stored else "none"
        raise DatabaseUnavailable(
            f"the journal has a row of version {version}, and this hypersim knows version "
            f"{VERSION}: use the hypersim that wrote it, or name another database"
        )
    return _decoder.decode(memoryview(stored)[1:])
