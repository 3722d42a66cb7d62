"""Request limits: so much weight per client and window, as exchanges count it."""

from collections.abc import Hashable

WINDOW_MS = 60_000
CLIENTS_MAX = 100_000
"""Clients counted at a time; a new window forgets them all."""


class RateLimiter:
    """Counts weight per client in fixed windows, of a minute if nothing is said. A limit of 0 means
    no limits, and so does a client's width of 0; else its limit is so many times as wide."""

    def __init__(self, limit: int, window_ms: int = WINDOW_MS) -> None:
        self.limit = limit
        self._window_ms = window_ms
        self._window = 0
        self._used: dict[Hashable, int] = {}
        self._shut_out: dict[Hashable, int] = {}

    def shut_out(self, client: Hashable, until_ms: int) -> None:
        """Nothing more for this client until then."""
        if len(self._shut_out) > CLIENTS_MAX:
            self._shut_out.clear()
        self._shut_out[client] = until_ms

    def take(self, client: Hashable, now_ms: int, weight: int = 1, *, width: int = 1) -> int:
        """Charge the client and return 0; or the time (ms) until it has more, if that would exceed
        the limit."""
        if self._shut_out and (left_ms := self._shut_out.get(client, 0) - now_ms) > 0:
            return left_ms
        limit = self.limit * width
        if not limit:
            return 0
        window = now_ms // self._window_ms
        if window != self._window or len(self._used) > CLIENTS_MAX:
            self._window = window
            self._used.clear()
        used = self._used.get(client, 0) + weight
        if used > limit:
            return (window + 1) * self._window_ms - now_ms
        self._used[client] = used
        return 0
