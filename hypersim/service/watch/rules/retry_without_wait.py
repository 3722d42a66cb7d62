"""retry_without_wait: what had just failed was asked again at once."""

from collections.abc import Hashable

from hypersim.service.watch.facts import Asked, Ended, Fact
from hypersim.service.watch.repeats import what_is_asked
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import Rule

WAIT_MS = 100
"""By the exchange's clock or by the wall's."""

FAILED_MAX = 100
"""Requests that failed last; a later one is forgotten."""


class RetryWithoutWait(Rule):
    """A client that gave up by itself has waited. HTTP libraries ask once more by themselves, where
    a connection that was kept open is closed before a read is answered: that is none of theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._failed: dict[Hashable, Request] = {}
        self._excused: set[Hashable] = set()

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Asked(request):
                self._judge(request)
            case Ended(request):
                self._note(request)
            case _:
                pass

    def _note(self, request: Request) -> None:
        if not (request.is_withheld or self._failed):
            return
        asked = what_is_asked(request)
        if not request.is_withheld:
            self._failed.pop(asked, None)
            self._excused.discard(asked)
        elif not request.has_hung_up:
            self._failed.pop(asked, None)
            self._failed[asked] = request
            if len(self._failed) > FAILED_MAX:
                oldest = next(iter(self._failed))
                del self._failed[oldest]
                self._excused.discard(oldest)

    def _judge(self, request: Request) -> None:
        if not self._failed:
            return
        asked = what_is_asked(request)
        first = self._failed.get(asked)
        if first is None or first.ended is None:
            return
        waited_ms = request.begun.since(first.ended)
        if waited_ms >= WAIT_MS:
            return
        if first.status is None and first.sent.method != "POST" and asked not in self._excused:
            self._excused.add(asked)
            return
        what = "was not answered" if first.status is None else f"was answered {first.status}"
        self._find(
            request.begun,
            f"{request.asked.endpoint} {what} and was asked again after {waited_ms} ms; wait "
            "before you ask again, and longer each time",
            (),
            first,
            request,
        )


RULE = RetryWithoutWait
