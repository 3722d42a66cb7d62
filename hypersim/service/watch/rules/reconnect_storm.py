"""reconnect_storm: sockets that did not last were opened again and again without a wait."""

from collections import deque
from collections.abc import Hashable
from typing import NamedTuple

from hypersim.service.watch.facts import Connected, Disconnected, Fact
from hypersim.service.watch.requests import Moment
from hypersim.service.watch.rule import Rule

WAIT_MS = 1_000
"""Who opens another socket later than that has waited."""

LASTED_MS = 10_000
"""A socket that was open for so long did its work."""

TRIES_MAX = 5
"""One after the other; one more is a storm."""

ENDED_MAX = 1_000


class Try(NamedTuple):
    """A socket that was opened at a moment, `number` tries after one that lasted."""

    at: Moment
    number: int = 0


class ReconnectStorm(Rule):
    """Each socket takes the place of the one that ended first: many that are lost at once and
    opened again once are no storm."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[Hashable, Try] = {}
        self._ended: deque[Try] = deque(maxlen=ENDED_MAX)
        """At the moment at which they ended."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Connected(socket, at):
                self._open[socket] = Try(at, self._number(at))
            case Disconnected(socket, at):
                opened = self._open.pop(socket, Try(at))
                lasted = at.since(opened.at) >= LASTED_MS
                self._ended.append(Try(at, 0 if lasted else opened.number))
            case _:
                pass

    def _number(self, at: Moment) -> int:
        while self._ended and at.since(self._ended[0].at) >= WAIT_MS:
            self._ended.popleft()
        if not self._ended:
            return 0
        number = self._ended.popleft().number + 1
        if number <= TRIES_MAX:
            return number
        text = (
            f"a socket was opened {number} times, each within {WAIT_MS // 1_000} s of the end of "
            "the one before; wait, and longer each time"
        )
        self._find(at, text, ())
        return 0


RULE = ReconnectStorm
