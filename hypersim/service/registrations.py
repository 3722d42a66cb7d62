"""How many accounts one address may open in an hour: each of them stays, and costs a password's
hash."""

import math
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Final

from hypersim.service.limits import RateLimiter

PER_HOUR: Final = 30
HOUR_MS: Final = 3_600_000


class Registrations:
    """Counts them per client. `now_s` is the wall's time, as accounts are for people."""

    def __init__(self, per_hour: int = PER_HOUR, now_s: Callable[[], float] = monotonic) -> None:
        self._counts = RateLimiter(per_hour, HOUR_MS)
        self._now_s = now_s

    def take(self, client: Hashable, width: int) -> int:
        """Count one and return 0; or the seconds until the client may open another. The limit is
        `width` times as wide; 0 is none."""
        now_ms = int(self._now_s() * 1_000)
        return math.ceil(self._counts.take(client, now_ms, width=width) / 1_000)
