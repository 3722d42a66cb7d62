"""Who runs by a copy of the exchange's clock: while anybody does, it goes on as it went."""

import time

LEASE_S = 30.0
"""Of the wall's time: who was killed gives nothing back, and who still runs renews in time."""

BORROWERS_MAX = 100


class TooManyBorrowers(Exception):
    """The message says how many there may be."""


class Lending:
    """Loans of one clock, each for `LEASE_S` unless renewed."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    @property
    def borrowers(self) -> list[str]:
        """Who has a copy now."""
        now_s = time.monotonic()
        self._until_s = {name: until for name, until in self._until_s.items() if until > now_s}
        return list(self._until_s)

    def lend(self, borrower: str) -> None:
        """Begin or renew a loan. Raises TooManyBorrowers."""
        others = [name for name in self.borrowers if name != borrower]
        if len(others) >= BORROWERS_MAX:
            raise TooManyBorrowers(f"The clock is lent to {BORROWERS_MAX} already, and to no more")
        self._until_s[borrower] = time.monotonic() + LEASE_S

    def give_back(self, borrower: str) -> None:
        """End a loan; nothing where there is none."""
        self._until_s.pop(borrower, None)
