"""What a rule of the driving test is, and what it finds."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import ClassVar, NamedTuple

from hypersim.service.watch.facts import Fact
from hypersim.service.watch.requests import Moment, Request

FINDINGS_MAX = 100
"""Of one rule and one client; the last ones are kept."""


class Verdict(StrEnum):
    """What is said of a client in the end."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """What a client did wrong, when (by the exchange's clock, ms), with which orders; `requests`
    are ids of those that show it."""

    timestamp: int
    text: str
    orders: Sequence[int] = ()
    requests: Sequence[int] = ()


class Rule(ABC):
    """One rule, as it stands for one client. `is_warning`: what it finds is no failure."""

    is_warning: ClassVar[bool] = False

    def __init__(self) -> None:
        self._found: deque[Finding] = deque(maxlen=FINDINGS_MAX)

    @abstractmethod
    def hear(self, fact: Fact) -> None:
        """What has just happened."""

    def findings(self, now: Moment) -> Sequence[Finding]:
        """What was wrong, as it looks now."""
        del now
        return list(self._found)

    def verdict(self, found: Sequence[Finding]) -> Verdict:
        """What these findings mean."""
        if not found:
            return Verdict.PASS
        return Verdict.WARN if self.is_warning else Verdict.FAIL

    def _find(self, at: Moment, text: str, orders: Iterable[int], *requests: Request) -> None:
        ids = tuple(request.id for request in requests)
        self._found.append(Finding(at.time_ms, text, tuple(orders), ids))
