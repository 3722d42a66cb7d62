"""clock_skew: refused for its timestamp again, and the time had not been asked for."""

from hypersim.service.contents import Data
from hypersim.service.watch.facts import Asked, Ended, Fact, Skewed
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import Rule


class ClockSkew(Rule):
    """The first refusal may be a surprise. Who then goes on by the same clock is found."""

    def __init__(self) -> None:
        super().__init__()
        self._behind_ms: int | None = None
        """Of a request that has not ended yet."""
        self._first: Request | None = None
        self._known_from = 0
        """The first request that can have known of it."""
        self._last_id = 0

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Asked(request):
                self._last_id = request.id
            case Skewed(behind_ms):
                self._behind_ms = behind_ms
            case Ended(_, Data.TIME):
                self._first = None
            case Ended(request):
                self._note(request)
            case _:
                pass

    def _note(self, request: Request) -> None:
        behind_ms, self._behind_ms = self._behind_ms, None
        if behind_ms is None:
            if request.key is not None and request.status is not None and request.status < 400:
                self._first = None
            return
        first = self._first
        if first is not None and request.id < self._known_from:
            return
        self._first, self._known_from = request, self._last_id + 1
        if first is not None:
            where = "behind" if behind_ms > 0 else "ahead"
            self._find(
                request.begun,
                f"signed {abs(behind_ms)} ms {where} of the exchange's time, as before, and has "
                "not asked for that time in between",
                (),
                first,
                request,
            )


RULE = ClockSkew
