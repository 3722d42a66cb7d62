"""How far the feed is behind the clock: ever further where time is faster than the machine."""

from collections.abc import Callable

import structlog

LAG_MS = 60_000
"""Of the exchange's time: less is no more than the moment in which it was looked at."""

LOOKS = 5
"""So often in a row it must have been further behind than before."""

log = structlog.get_logger(__name__)


class Lag:
    """`told_ms` says up to when the feed has handed over its events; up to now without a feed."""

    def __init__(self, told_ms: Callable[[], int]) -> None:
        self.told_ms = told_ms
        self._last_ms = 0
        self._growing = 0
        self._said_ms = LAG_MS

    def told_by(self, now_ms: int) -> int:
        """Up to when all is told that is over by the clock. To be asked every now and then: where
        the lag grows and grows, it is said once, and again when it has doubled."""
        told_ms = min(now_ms, self.told_ms())
        lag_ms = now_ms - told_ms
        if lag_ms < LAG_MS:
            self._said_ms = LAG_MS
        self._growing = self._growing + 1 if lag_ms > max(self._last_ms, self._said_ms) else 0
        self._last_ms = lag_ms
        if self._growing >= LOOKS:
            self._growing, self._said_ms = 0, 2 * lag_ms
            log.warning(
                "time is too fast for this machine: the market falls behind the clock",
                behind_s=lag_ms // 1000,
                hint="a lower --speed, or fewer --symbols",
            )
        return told_ms
