"""How many sockets a client may open, and how long they last."""

import msgspec

from hypersim.api.sockets.serving import Policy, Refusal
from hypersim.dialects.binance.errors.general import BinanceError, too_many_requests
from hypersim.dialects.binance.limits.weights import DAY_MS, MINUTE_MS, Window
from hypersim.edge.client import Counted

SOCKETS = Policy(
    "binance",
    no_place="Too many connections",
    life_ms=DAY_MS,
    life_over="Connections last 24 hours",
)

ATTEMPTS_5M = 300
"""Connections that a client may begin in five minutes, at each of the venue's two WebSocket hosts
(CHANGELOG of 2023-02-17)."""


class Attempts:
    """Connections begun per client of one host."""

    def __init__(self, *, is_enforced: bool) -> None:
        self._is_enforced = is_enforced
        self._begun = Window(5 * MINUTE_MS, ATTEMPTS_5M)

    def take(self, who: Counted, now_ms: int) -> None:
        """Count one. Raises -1003 when it is one too many."""
        begun = self._begun.add(who.name, 1, now_ms)
        if self._is_enforced and who.is_over(begun, self._begun.limit):
            raise too_many_requests(self._begun.end_ms(now_ms))


def refusal(error: BinanceError, now_ms: int) -> Refusal:
    """Answers a handshake as the REST API would, with status and body."""
    headers: list[tuple[bytes, bytes]] = []
    if error.retry_at_ms is not None:
        seconds = max(1, -(-(error.retry_at_ms - now_ms) // 1000))
        headers.append((b"retry-after", b"%d" % seconds))
    return Refusal(error.status, msgspec.json.encode(error.body()), headers)
