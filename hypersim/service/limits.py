"""Request limits: so much weight per client and minute, as exchanges count it."""

from typing import NamedTuple

WINDOW_MS = 60_000
CLIENTS_MAX = 100_000
"""Clients counted at a time; a new window forgets them all."""


class Usage(NamedTuple):
    """What a client used in the current window. `retry_after_ms` is 0 while it is within."""

    used: int
    limit: int
    retry_after_ms: int


class RateLimiter:
    """Counts weight per client in fixed windows of a minute. A limit of 0 means no limits."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._window = 0
        self._used: dict[str, int] = {}

    def take(self, client: str, now_ms: int, weight: int = 1) -> Usage:
        """Charge the client, unless that would exceed the limit."""
        if not self.limit:
            return Usage(0, 0, 0)
        window = now_ms // WINDOW_MS
        if window != self._window or len(self._used) > CLIENTS_MAX:
            self._window = window
            self._used.clear()
        used = self._used.get(client, 0) + weight
        if used > self.limit:
            return Usage(used - weight, self.limit, (window + 1) * WINDOW_MS - now_ms)
        self._used[client] = used
        return Usage(used, self.limit, 0)
