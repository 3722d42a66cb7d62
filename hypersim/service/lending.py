"""Who runs by a copy of the exchange's clock: while anybody does, it goes on as it went."""

import time
from collections.abc import Callable

import structlog

LEASE_S = 30.0
"""Of the wall's time: who was killed gives nothing back, and who still runs renews in time."""

BORROWERS_MAX = 100
SKEWED_MAX = 1_000
"""API keys that are told of."""

log = structlog.get_logger(__name__)


class TooManyBorrowers(Exception):
    """The message says how many there may be."""


class Lending:
    """Loans of one clock, each for `LEASE_S` of the wall's time unless renewed."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}
        self.skews_ms: dict[str, int] = {}
        """By API key that stamped by another time while the clock was lent: how far behind."""
        self.on_refusal: Callable[[str, int], object] | None = None
        """Hears of API keys whose request was refused for that, and how far behind (ms)."""

    @property
    def borrowers(self) -> list[str]:
        """Who has a copy now."""
        now_s = time.monotonic()
        self._until_s = {name: until for name, until in self._until_s.items() if until > now_s}
        return list(self._until_s)

    def lend(self, borrower: str) -> None:
        """Begin or renew a loan. Raises TooManyBorrowers."""
        if not self.borrowers:
            self.skews_ms.clear()
        others = [name for name in self.borrowers if name != borrower]
        if len(others) >= BORROWERS_MAX:
            raise TooManyBorrowers(f"The clock is lent to {BORROWERS_MAX} already, and to no more")
        self._until_s[borrower] = time.monotonic() + LEASE_S

    def note_skew(self, key: str, behind_ms: int) -> None:
        """A request was stamped so far from the exchange's time. Says so once for each key, if a
        program has a copy of that time: it does not see it."""
        if key in self.skews_ms or len(self.skews_ms) >= SKEWED_MAX or not self.borrowers:
            return
        self.skews_ms[key] = behind_ms
        log.warning(
            "a client stamps by another clock than the one that is lent",
            key=f"{key[:8]}...",
            behind_s=behind_ms // 1000,
            hint="Go and static programs see the machine's clock: docs/time.md, lent clocks",
        )

    def give_back(self, borrower: str) -> None:
        """End a loan; nothing where there is none."""
        self._until_s.pop(borrower, None)
