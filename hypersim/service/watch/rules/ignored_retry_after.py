"""ignored_retry_after: asked again before the time that a 429 or 418 said."""

from hypersim.service.watch.facts import Asked, Ended, Fact
from hypersim.service.watch.repeats import what_is_asked
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import Rule

UNDER_WAY_MS = 100
"""What comes so soon after the answer may have been sent before it, unless it asks the same."""


class IgnoredRetryAfter(Rule):
    """One finding for each time that a client was told to wait."""

    def __init__(self) -> None:
        super().__init__()
        self._limited: Request | None = None

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Asked(request):
                self._judge(request)
            case Ended(request) if request.retry_at_ms is not None and not request.is_withheld:
                self._limited = request
            case _:
                pass

    def _judge(self, request: Request) -> None:
        limited = self._limited
        if limited is None or limited.ended is None or limited.retry_at_ms is None:
            return
        wait_ms = limited.retry_at_ms - limited.ended.time_ms
        waited_ms = request.begun.since(limited.ended)
        if waited_ms >= wait_ms:
            self._limited = None
        elif waited_ms >= UNDER_WAY_MS or what_is_asked(request) == what_is_asked(limited):
            self._limited = None
            self._find(
                request.begun,
                f"{limited.asked.endpoint} was answered {limited.status}, to wait for {wait_ms} "
                f"ms, and after {waited_ms} ms {request.asked.endpoint} was asked",
                (),
                limited,
                request,
            )


RULE = IgnoredRetryAfter
