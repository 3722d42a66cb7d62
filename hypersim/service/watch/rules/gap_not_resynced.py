"""gap_not_resynced: of a book's differences one did not come, and the book was not read again."""

from collections.abc import Hashable, Sequence

from hypersim.service.contents import Data
from hypersim.service.watch.facts import Ended, Fact, Follows, Gap
from hypersim.service.watch.requests import Moment
from hypersim.service.watch.rule import FINDINGS_MAX, Finding, Rule

RESYNC_MS = 10_000
"""So long a client may take to see it and read the book, by either clock."""


class GapNotResynced(Rule):
    """Whoever reads the book, follows it anew or follows it no more has seen the gap."""

    def __init__(self) -> None:
        super().__init__()
        self._gaps: dict[tuple[Hashable, str], Moment] = {}
        """By who listens and symbol: since when the book is wrong."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Gap(listener, symbol, at):
                self._gaps.setdefault((listener, symbol), at)
            case Follows(listener, Data.BOOK, str() as symbol, at=at):
                self._close(listener, symbol, at)
            case Ended(request, Data.BOOK) if request.status == 200 and request.ended is not None:
                for listener, symbol in list(self._gaps):
                    if symbol == request.asked.symbol and self._is_later(request.begun, listener):
                        self._close(listener, symbol, request.ended)
            case _:
                pass

    def _is_later(self, begun: Moment, listener: Hashable) -> bool:
        return all(begun >= since for (other, _), since in self._gaps.items() if other is listener)

    def _close(self, listener: Hashable, symbol: str, at: Moment) -> None:
        since = self._gaps.pop((listener, symbol), None)
        if since is not None and at.since(since) >= RESYNC_MS:
            self._found.append(_finding(symbol, since, at))

    def findings(self, now: Moment) -> Sequence[Finding]:
        """See `Rule`."""
        late = [
            _finding(symbol, since, now)
            for (_, symbol), since in self._gaps.items()
            if now.since(since) >= RESYNC_MS
        ]
        return [*self._found, *late][-FINDINGS_MAX:]


def _finding(symbol: str, since: Moment, until: Moment) -> Finding:
    text = (
        f"the book of {symbol} had a gap: a difference did not come, and for "
        f"{until.since(since) // 1_000} s the client neither read the book again nor reconnected"
    )
    return Finding(since.time_ms, text)


RULE = GapNotResynced
