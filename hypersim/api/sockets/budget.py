"""How much a client may say on a socket."""

import asyncio
from collections import deque
from typing import NamedTuple

MESSAGES_PER_SECOND_MAX = 100
"""From the client, per socket, where nothing else is said."""


class Budget(NamedTuple):
    """How many messages a client may send in any second, None for any number; whether its pings
    and pongs are counted too; and what is said when there are more."""

    messages: int | None = MESSAGES_PER_SECOND_MAX
    counts_pings: bool = False
    words: str = f"Over {MESSAGES_PER_SECOND_MAX} messages a second"


USUAL = Budget()


class Heard:
    """What one client said in the last second."""

    def __init__(self, budget: Budget) -> None:
        self._limit = budget.messages
        self._heard_s: deque[float] = deque(maxlen=budget.messages)
        self._clock_s = asyncio.get_running_loop().time

    def has_room(self) -> bool:
        """Whether one more is within the budget; it is counted if so."""
        if self._limit is None:
            return True
        now_s = self._clock_s()
        if len(self._heard_s) == self._limit and now_s - self._heard_s[0] < 1:
            return False
        self._heard_s.append(now_s)
        return True
