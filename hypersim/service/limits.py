"""Request limits: so much weight per client and minute, as exchanges count it."""

WINDOW_MS = 60_000
CLIENTS_MAX = 100_000
"""Clients counted at a time; a new window forgets them all."""


class RateLimiter:
    """Counts weight per client in fixed windows of a minute. A limit of 0 means no limits."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._window = 0
        self._used: dict[str, int] = {}

    def take(self, client: str, now_ms: int, weight: int = 1) -> int:
        """Charge the client and return 0; or the time (ms) until it has more, if that would exceed
        the limit."""
        if not self.limit:
            return 0
        window = now_ms // WINDOW_MS
        if window != self._window or len(self._used) > CLIENTS_MAX:
            self._window = window
            self._used.clear()
        used = self._used.get(client, 0) + weight
        if used > self.limit:
            return (window + 1) * WINDOW_MS - now_ms
        self._used[client] = used
        return 0
