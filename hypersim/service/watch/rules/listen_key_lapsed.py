"""listen_key_lapsed: a listen key ran out while somebody listened, or ended and nobody saw it."""

from collections.abc import Sequence

from hypersim.service.contents import Data
from hypersim.service.watch.facts import BeganAgain, Fact, Follows, Lapsed
from hypersim.service.watch.requests import Moment
from hypersim.service.watch.rule import Finding, Rule

REPLACE_MS = 60_000
"""So long a client may take to listen again, by either clock."""


class ListenKeyLapsed(Rule):
    """One that runs out is the client's own doing. One that the venue ends early is not, but who
    then hears nothing of his account does not notice it."""

    def __init__(self) -> None:
        super().__init__()
        self._deaf_since: Moment | None = None

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Lapsed(is_due=True, at=at):
                text = "a listen key ran out while the client listened: it must be kept alive"
                self._find(at, text, ())
            case Lapsed(at=at):
                self._deaf_since = at
            case Follows(data=Data.ORDERS, is_on=True, at=at):
                if self._deaf_since is not None and at.since(self._deaf_since) >= REPLACE_MS:
                    self._found.append(_finding(self._deaf_since, at))
                self._deaf_since = None
            case BeganAgain():
                self._deaf_since = None
            case _:
                pass

    def findings(self, now: Moment) -> Sequence[Finding]:
        """See `Rule`."""
        since = self._deaf_since
        if since is None or now.since(since) < REPLACE_MS:
            return list(self._found)
        return [*self._found, _finding(since, now)]


def _finding(since: Moment, until: Moment) -> Finding:
    text = (
        f"the venue ended a listen key, and for {until.since(since) // 1_000} s the client did not "
        "listen to its account"
    )
    return Finding(since.time_ms, text)


RULE = ListenKeyLapsed
