"""The edge: who may connect, and a count of everybody who was sent away."""

import resource
from collections import Counter
from itertools import islice
from typing import Protocol

from hypersim.edge.client import Clients
from hypersim.edge.forms import Forms
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.reasons import EdgeReason

CONNECTIONS_MIN = 16
"""However few descriptors there are."""

LOOKS_MAX = 64
"""How many connections are asked to give way to a new one."""


class Guest(Protocol):
    """A connection as it is counted."""

    @property
    def address(self) -> str:
        """The peer's IP address."""
        ...

    def give_way(self) -> bool:
        """End for the sake of a new one, if nothing is lost by it."""
        ...


class Edge:
    """Shared by all listening sockets. `counts` are by reason, `forms` those of known heads."""

    def __init__(self, limits: EdgeLimits | None = None, clients: Clients | None = None) -> None:
        self.limits = limits or EdgeLimits()
        self.counts: Counter[str] = Counter()
        self.forms = Forms()
        self._clients = clients or Clients()
        self.connections_max = _connections_max(self.limits)
        self._by_address: Counter[object] = Counter()
        self._unasked: dict[Guest, None] = {}
        """Those that have not sent a whole request yet, the oldest first."""
        self._known: dict[Guest, None] = {}
        self._turned_away: set[Guest] = set()

    @property
    def connections(self) -> int:
        """Open now."""
        return len(self._unasked) + len(self._known)

    def count(self, reason: EdgeReason) -> None:
        """One more was sent away."""
        self.counts[reason] += 1

    def enter(self, guest: Guest) -> EdgeReason | None:
        """Why there is no place for it; None if it has one, until `leave`. When all are taken,
        one that never asked anything or is idle gives way."""
        counted = self._clients.of_peer(guest.address).counted
        taken = self._by_address[counted.name]
        reason = None
        if counted.is_over(taken + 1, self.limits.connections_per_address):
            reason = EdgeReason.CONNECTIONS_PER_ADDRESS
        elif self.connections >= self.connections_max and not self._make_room():
            reason = EdgeReason.CONNECTIONS
        if reason is not None:
            self.count(reason)
            return reason
        self._by_address[counted.name] += 1
        self._unasked[guest] = None
        return None

    def may_linger(self, guest: Guest) -> bool:
        """Whether one that is not let in may stay for a moment, until `leave`."""
        if len(self._turned_away) >= self.limits.descriptors_reserved // 4:
            return False
        self._turned_away.add(guest)
        return True

    def has_asked(self, guest: Guest) -> None:
        """Its first request is whole."""
        if guest in self._unasked:
            del self._unasked[guest]
            self._known[guest] = None

    def leave(self, guest: Guest) -> None:
        """It is gone, or was never let in."""
        self._turned_away.discard(guest)
        place = self._unasked if guest in self._unasked else self._known
        if guest not in place:
            return
        del place[guest]
        name = self._clients.of_peer(guest.address).counted.name
        self._by_address[name] -= 1
        if not self._by_address[name]:
            del self._by_address[name]

    def _make_room(self) -> bool:
        for guests in (self._unasked, self._known):
            for guest in list(islice(guests, LOOKS_MAX)):
                if guest.give_way():
                    self.leave(guest)
                    return True
                # The next round begins with others.
                del guests[guest]
                guests[guest] = None
        return False


def _connections_max(limits: EdgeLimits) -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return limits.connections
    return max(CONNECTIONS_MIN, min(limits.connections, soft - limits.descriptors_reserved))
