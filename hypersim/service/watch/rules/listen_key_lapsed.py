"""listen_key_lapsed: a listen key ran out while somebody listened, or ended and nobody saw it."""

from collections.abc import Sequence

from hypersim.service.contents import Data
from hypersim.service.watch.facts import Asked, BeganAgain, Fact, Follows, Lapsed
from hypersim.service.watch.requests import Moment, Request
from hypersim.service.watch.rule import Finding, Rule

REPLACE_MS = 60_000
"""So long a client may take to listen again, by either clock."""


class ListenKeyLapsed(Rule):
    """One that runs out is the client's own doing. One that the venue ends early is not, but who
    then hears nothing of his account does not notice it."""

    def __init__(self) -> None:
        super().__init__()
        self._deaf_since: Moment | None = None
        self._last: list[Request] = []
        """What the client sent before."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Asked(request):
                self._last = [request]
            case Lapsed(is_due=True, at=at):
                text = "a listen key ran out while the client listened: it must be kept alive"
                self._find(at, text, (), *self._last)
            case Lapsed(at=at):
                self._deaf_since = at
            case Follows(data=Data.ORDERS, is_on=True, at=at):
                if self._deaf_since is not None and at.since(self._deaf_since) >= REPLACE_MS:
                    self._find_deaf(self._deaf_since, at)
                self._deaf_since = None
            case BeganAgain():
                self._deaf_since = None
            case _:
                pass

    def findings(self, now: Moment) -> Sequence[Finding]:
        """See `Rule`."""
        since = self._deaf_since
        if since is not None and now.since(since) >= REPLACE_MS:
            self._find_deaf(since, now)
            self._deaf_since = None
        return super().findings(now)

    def _find_deaf(self, since: Moment, until: Moment) -> None:
        text = (
            f"the venue ended a listen key, and for {until.since(since) // 1_000} s the client did "
            "not listen to its account"
        )
        self._find(since, text, (), *self._last)


RULE = ListenKeyLapsed
