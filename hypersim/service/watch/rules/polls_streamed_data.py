"""polls_streamed_data: asked over and over for what a stream tells the client anyway."""

from collections import deque
from collections.abc import Hashable

from hypersim.service.contents import Data
from hypersim.service.watch.facts import Ended, Fact, Follows
from hypersim.service.watch.requests import Request
from hypersim.service.watch.rule import Rule

READS_MAX = 10
WITHIN_MS = 60_000
"""More reads of one thing in that time are polling; fewer are a look now and then, to be sure."""

KINDS_MAX = 1_000
"""Pairs of data and symbol that are counted."""

Kind = tuple[Data, str | None]


class PollsStreamedData(Rule):
    """A warning: it costs weight, and what it tells is older than what the stream told."""

    is_warning = True

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[Kind, set[Hashable]] = {}
        """Who listens to it, for the client."""
        self._reads: dict[Kind, deque[Request]] = {}

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Follows(listener, data, symbol, is_on=True):
                self._heard.setdefault((data, symbol), set()).add(listener)
            case Follows(listener, data, symbol):
                listeners = self._heard.get((data, symbol), set())
                listeners.discard(listener)
                if not listeners:
                    self._heard.pop((data, symbol), None)
            case Ended(request, Data() as data) if not request.is_withheld:
                self._count(request, data)
            case _:
                pass

    def _count(self, request: Request, data: Data) -> None:
        symbol = request.asked.symbol
        kind = data, symbol
        if not {kind, (data, None)} & self._heard.keys():
            self._reads.pop(kind, None)
            return
        reads = self._reads.setdefault(kind, deque())
        reads.append(request)
        while request.begun.time_ms - reads[0].begun.time_ms > WITHIN_MS:
            reads.popleft()
        if len(reads) > READS_MAX:
            where = f" of {symbol}" if symbol else ""
            text = (
                f"{request.asked.endpoint} was asked {len(reads)} times within "
                f"{WITHIN_MS // 1_000} s, and a stream tells the {data}{where} already"
            )
            self._find(request.begun, text, (), *reads)
            reads.clear()
        if len(self._reads) > KINDS_MAX:
            del self._reads[next(iter(self._reads))]


RULE = PollsStreamedData
