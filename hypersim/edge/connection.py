"""One client's TCP connection as the edge watches it: deadlines, unread output, and how it ends."""

import math
import select
import socket
import struct
import sys
from asyncio import Transport
from typing import Protocol, cast

from hypersim.edge.edge import Edge
from hypersim.edge.reasons import EdgeReason

REFUSED_BYTES_MAX = 65_536
"""Read of one that is refused, beyond what it is refused for."""

_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER: closing forgets what was not sent and tells the peer so."""


class Owner(Protocol):
    """The protocol that speaks on a connection."""

    def overdue(self) -> None:
        """The connection's deadline is over."""
        ...

    def give_way(self) -> bool:
        """End the connection for the sake of a new one, if nothing is lost by it."""
        ...


class Connection:
    """`deadline` is a time of the event loop that whoever owns the connection moves on; `look`
    says when it is over."""

    __slots__ = (
        "_closing_since",
        "_edge",
        "_is_full",
        "_thrown_away_max",
        "_unsent",
        "_unsent_since",
        "address",
        "deadline",
        "is_leaving",
        "owner",
        "thrown_away",
        "transport",
    )

    def __init__(self, edge: Edge, transport: Transport, address: str, owner: Owner) -> None:
        self._edge = edge
        self.transport = transport
        self.address = address
        self.owner = owner
        self.deadline = math.inf
        self.is_leaving = False
        """The last word is said; what comes is thrown away."""
        self.thrown_away = 0
        self._thrown_away_max = edge.limits.linger_bytes
        self._is_full = False
        self._unsent = 0
        self._unsent_since = 0.0
        self._closing_since = 0.0

    def look(self, now: float) -> None:
        """Once in a while: end what takes too long. Closing and reading are the peer's to do, and
        who does not is not waited for."""
        limits, transport = self._edge.limits, self.transport
        if transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since >= limits.closing_s:
                self.abort(EdgeReason.CLOSING)
            return
        if self._is_full:
            unsent = transport.get_write_buffer_size()
            if unsent < self._unsent:
                self._unsent_since = now
            elif now - self._unsent_since >= limits.unread_s:
                self.abort(EdgeReason.UNREAD)
                return
            self._unsent = unsent
        if now < self.deadline:
            return
        if self.is_leaving:
            self.abort(EdgeReason.LINGER)
        else:
            self.owner.overdue()

    def fills_up(self) -> None:
        """More waits for the peer than it should; from now on it must take some of it."""
        self._is_full = True
        self._unsent = sys.maxsize

    def has_drained(self) -> None:
        """The peer took most of what waited for it."""
        self._is_full = False

    def hang_up(self, now: float, bytes_max: int | None = None) -> None:
        """After the last word: the peer is told that nothing follows, and what it still sends is
        read for a moment, up to `bytes_max`. Closing at once would reset the connection, and the
        peer's system would forget the answer that it has not read yet."""
        if self.is_leaving or self.transport.is_closing():
            return
        self.is_leaving = True
        self.deadline = now + self._edge.limits.linger_s
        self._thrown_away_max = bytes_max or self._edge.limits.linger_bytes
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()

    def throw_away(self, count: int) -> None:
        """So many bytes came that nobody reads any more. Who sends on and on waits for the end:
        cut off at once, it would be back at once."""
        self.thrown_away += count
        if self.thrown_away > self._thrown_away_max:
            self.transport.pause_reading()

    def give_way(self) -> bool:
        """See `Guest`."""
        if self.is_leaving:
            self.abort(EdgeReason.GAVE_WAY)
            return True
        return self.owner.give_way()

    def abort(self, reason: EdgeReason) -> None:
        """Gone at once, from the system's table too."""
        self._edge.count(reason)
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def has_input(self) -> bool:
        """Whether the system holds something that was not read yet."""
        sock = cast(socket.socket | None, self.transport.get_extra_info("socket"))
        if sock is None or sock.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
