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
        self._gaps: dict[tuple[Hashable, str], Gap] = {}
        """By who listens and symbol: since then the book is wrong."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Gap(listener, _, symbol):
                self._gaps.setdefault((listener, symbol), fact)
            case Follows(listener, Data.BOOK, str() as symbol, at=at):
                self._close(listener, symbol, at)
            case Ended(request, Data.BOOK) if request.status == 200 and request.ended is not None:
                for gap in list(self._gaps.values()):
                    if gap.symbol == request.asked.symbol and request.begun >= gap.at:
                        self._close(gap.listener, gap.symbol, request.ended)
            case _:
                pass

    def _close(self, listener: Hashable, symbol: str, at: Moment) -> None:
        gap = self._gaps.pop((listener, symbol), None)
        if gap is not None and at.since(gap.at) >= RESYNC_MS:
            self._found.append(_finding(gap, at))

    def findings(self, now: Moment) -> Sequence[Finding]:
        """See `Rule`."""
        late = [gap for gap in self._gaps.values() if now.since(gap.at) >= RESYNC_MS]
        return [*self._found, *(_finding(gap, now) for gap in late)][-FINDINGS_MAX:]


def _finding(gap: Gap, until: Moment) -> Finding:
    text = (
        f"the book of {gap.symbol} had a gap: a difference did not come, and for "
        f"{until.since(gap.at) // 1_000} s the client neither read the book again nor reconnected"
    )
    return Finding(gap.at.time_ms, text, (), (gap.handshake.id,))


RULE = GapNotResynced
