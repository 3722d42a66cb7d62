"""The exchange's time: the wall clock, or a simulated one, see `simulated_clock`.

Everything of the exchange that waits, waits on a `Clock`, so that a replay at 1,000 times the speed
also expires orders and closes candles 1,000 times as fast. What concerns the client's connection or
the database (time-outs, pings, slow readers) waits on the wall's clock: the others live there.
"""

import time
from collections.abc import Callable
from typing import Protocol

from hypersim.service.alarms import Alarm, RingingClock
from hypersim.service.lending import Lending

SLOW_SPEED = 0.5
"""How fast the exchange's time passes, against the wall's, while the wall's clock is behind."""


class Clock(Protocol):
    """Milliseconds since 1970-01-01 UTC on the exchange's timeline."""

    lending: Lending
    leeway_ms: int
    """How much further from the time now a client's stamp may be than the venue says: what takes a
    client a moment of the wall's time is longer where time runs fast."""

    waiting: int
    """How many wait until a time, without driving it: requests that take a while."""

    def now_ms(self) -> int:
        """The time now; it never goes back."""
        ...

    @property
    def passes_by_itself(self) -> bool:
        """Whether time passes without anybody moving it."""
        ...

    def at(self, time_ms: int, act: Callable[[], object]) -> Alarm:
        """Have something done once it is `time_ms`, without making it so: not now, even if it is
        over; of one moment in the order of calls, and before what a feed tells of it."""
        ...

    def leaps_to(self, time_ms: int, last_ms: int) -> bool:
        """For what drives time, and has something to tell until `last_ms`: make it so late at once,
        where nobody notices what happens before, nor for long after, so that it need not be told
        one by one. Else nothing is done."""
        ...

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """For what drives time, the feed: return once it is `time_ms`. A clock that runs as fast
        as events come jumps there; any other one may take `slack_s` of the wall's time longer, so
        that who sleeps often wakes less often."""
        ...

    async def wait_until(self, time_ms: int) -> None:
        """For a request that takes until then: return once it is `time_ms`. Who else wants
        something done in its time uses `at`."""
        ...


class WallClock(RingingClock):
    """The wall's clock, but never before `begin_ms`, and never backwards when it is set. Where
    it is behind, time passes at half its speed until it has caught up: nothing stands still."""

    def __init__(self, begin_ms: int = 0) -> None:
        super().__init__()
        self.passes_by_itself = True
        self._last_ms = begin_ms
        self._slow_since: tuple[int, float] | None = None

    def now_ms(self) -> int:
        """See `Clock`."""
        now_ms = time.time_ns() // 1_000_000
        if now_ms >= self._last_ms:
            self._last_ms, self._slow_since = now_ms, None
        else:
            self._last_ms = self._slow_ms()
        return self._last_ms

    def leaps_to(self, time_ms: int, last_ms: int) -> bool:
        """See `Clock`. Live prices are told one by one."""
        del time_ms, last_ms
        return False

    async def sleep_until(self, time_ms: int, slack_s: float = 0.0) -> None:
        """See `Clock`."""
        if time_ms > self.now_ms():
            await self.wait_until(time_ms + int(slack_s * 1000))

    def _wall_s(self, due_ms: int) -> float:
        return max(0, due_ms - self.now_ms()) / 1000

    def _slow_ms(self) -> int:
        now_s = time.monotonic()
        if self._slow_since is None:
            self._slow_since = self._last_ms, now_s
        from_ms, since_s = self._slow_since
        return from_ms + int((now_s - since_s) * 1000 * SLOW_SPEED)
