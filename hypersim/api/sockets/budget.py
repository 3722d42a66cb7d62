"""How much a client may say on a socket."""

import asyncio
from collections import deque
from typing import NamedTuple

from hypersim.market.candle import SECOND_MS
from hypersim.service.clock import Clock

MESSAGES_PER_SECOND_MAX = 100
"""From the client, per socket, where nothing else is said."""


class Budget(NamedTuple):
    """How many messages a client may send in any second of the exchange's time, None for any
    number; whether its pings and pongs are counted too; and what is said when there are more."""

    messages: int | None = MESSAGES_PER_SECOND_MAX
    counts_pings: bool = False
    words: str = f"Over {MESSAGES_PER_SECOND_MAX} messages a second"


USUAL = Budget()


class Heard:
    """What one client said in the last second of the exchange's time. Where that only moves when it
    is moved, what was said is forgotten after a second of the wall's too: that is the time that a
    client has, and its pings do not wait."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._limit = budget.messages
        self._heard: deque[tuple[int, float]] = deque(maxlen=budget.messages)
        self._clock = clock
        self._wall_s = asyncio.get_running_loop().time

    def has_room(self) -> bool:
        """Whether one more is within the budget; it is counted if so."""
        if self._limit is None:
            return True
        now_ms, wall_s = self._clock.now_ms(), self._wall_s()
        if len(self._heard) == self._limit and not self._is_over(*self._heard[0]):
            return False
        self._heard.append((now_ms, wall_s))
        return True

    def _is_over(self, heard_ms: int, heard_s: float) -> bool:
        is_over = self._clock.now_ms() - heard_ms >= SECOND_MS
        return is_over or (not self._clock.passes_by_itself and self._wall_s() - heard_s >= 1)
