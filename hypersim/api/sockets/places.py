"""How many sockets a client may have open at a time."""

from collections.abc import Hashable

from hypersim.api.edge.client import Counted
from hypersim.api.edge.reasons import EdgeReason
from hypersim.api.sockets.socket import Count, ignore

SOCKETS_PER_ADDRESS_MAX = 300


class Places:
    """How many sockets each client has open. `count` hears of each that finds no place."""

    def __init__(self, per_address: int = SOCKETS_PER_ADDRESS_MAX, count: Count = ignore) -> None:
        self._per_address = per_address
        self._count = count
        self._taken: dict[Hashable, int] = {}

    def take(self, client: Counted) -> bool:
        """Whether there is one left; it is taken until `leave`."""
        taken = self._taken.get(client.name, 0) + 1
        if client.is_over(taken, self._per_address):
            self._count(EdgeReason.SOCKETS_PER_ADDRESS)
            return False
        self._taken[client.name] = taken
        return True

    def leave(self, client: Counted) -> None:
        """Give one back."""
        self._taken[client.name] -= 1
        if not self._taken[client.name]:
            del self._taken[client.name]
