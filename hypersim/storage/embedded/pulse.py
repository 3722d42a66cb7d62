"""Whether a server that lives also serves: what `pg_isready` asks, and since when it does not."""

import socket
import struct
import time
from enum import StrEnum
from pathlib import Path

from hypersim.storage.connection import DEFAULT_PORT
from hypersim.storage.embedded.processes import has_child_that_stands_still, is_recovering

ANSWER_S = 2.0
"""How long the server may take for the first bytes of its answer."""

STUCK_AFTER_S = 8.0
"""A server that served nobody for so long, and is not recovering, will not come back by itself.
After the death of a child it needs up to 5 s to be rid of the others."""

_PROTOCOL = 3 << 16
_CANNOT_CONNECT_NOW = b"C57P03\0"
_GOOD_BYE = b"X" + struct.pack("!I", 4)
_ANSWER_BYTES_MAX = 1_024


class Pulse(StrEnum):
    """What a look at the server showed."""

    SERVES = "serves"
    WAITS = "starts, recovers or hangs; give it time"
    STUCK = "is stuck"


class PulseTaker:
    """Looks at one run of the server."""

    def __init__(self, postmaster: int, sockets: Path, user: str, database: str) -> None:
        self._postmaster = postmaster
        self._socket = sockets / f".s.PGSQL.{DEFAULT_PORT}"
        self._hello = _startup_message(user, database)
        self._bad_since_s: float | None = None

    def take(self) -> Pulse:
        """Asks once; blocks for `ANSWER_S` at most."""
        if self._serves() and not has_child_that_stands_still(self._postmaster):
            self._bad_since_s = None
            return Pulse.SERVES
        return self.without_answer()

    def without_answer(self) -> Pulse:
        """The same, when it is known that the server does not serve just now."""
        now_s = time.monotonic()
        if self._bad_since_s is None or is_recovering(self._postmaster):
            self._bad_since_s = now_s
        return Pulse.STUCK if now_s - self._bad_since_s > STUCK_AFTER_S else Pulse.WAITS

    def _serves(self) -> bool:
        """Any answer will do, but that it cannot take connections now; silence will not."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(ANSWER_S)
                link.connect(str(self._socket))
                link.sendall(self._hello)
                answer = link.recv(_ANSWER_BYTES_MAX)
                link.sendall(_GOOD_BYE)
        except OSError:
            return False
        return bool(answer) and _CANNOT_CONNECT_NOW not in answer


def _startup_message(user: str, database: str) -> bytes:
    """The first message of the frontend protocol, version 3 (PostgreSQL's manual, 54.7)."""
    fields = ("user", user, "database", database, "application_name", "hypersim pulse")
    body = struct.pack("!I", _PROTOCOL) + b"".join(f.encode() + b"\0" for f in fields) + b"\0"
    return struct.pack("!I", len(body) + 4) + body
