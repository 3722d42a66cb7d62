"""reconnect_storm: sockets that did not last were opened again and again without a wait."""

from collections import deque
from typing import NamedTuple

from hypersim.service.watch.facts import Connected, Disconnected, Fact
from hypersim.service.watch.requests import Moment, Request
from hypersim.service.watch.rule import Rule

WAIT_MS = 1_000
"""Who opens another socket later than that has waited."""

LASTED_MS = 10_000
"""A socket that was open for so long did its work."""

TRIES_MAX = 5
"""Handshakes, one after the other; one more is a storm."""

LOST_MAX = 1_000


class Lost(NamedTuple):
    """A socket that ended at a moment; the handshakes that led to it, since one that lasted."""

    at: Moment
    tries: tuple[Request, ...]


class ReconnectStorm(Rule):
    """Each socket takes the place of the one that ended first: many that are lost at once and
    opened again once are no storm."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[int, tuple[Request, ...]] = {}
        self._lost: deque[Lost] = deque(maxlen=LOST_MAX)

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        match fact:
            case Connected(handshake):
                self._open[handshake.id] = self._tries(handshake)
            case Disconnected(handshake, at):
                tries = self._open.pop(handshake.id, (handshake,))
                has_lasted = at.since(handshake.begun) >= LASTED_MS
                self._lost.append(Lost(at, () if has_lasted else tries))
            case _:
                pass

    def _tries(self, handshake: Request) -> tuple[Request, ...]:
        while self._lost and handshake.begun.since(self._lost[0].at) >= WAIT_MS:
            self._lost.popleft()
        tries = (*self._lost.popleft().tries, handshake) if self._lost else (handshake,)
        if len(tries) <= TRIES_MAX:
            return tries
        text = (
            f"a socket was opened {len(tries)} times, each within {WAIT_MS // 1_000} s of the end "
            "of the one before; wait, and longer each time"
        )
        self._find(handshake.begun, text, (), *tries)
        return (handshake,)


RULE = ReconnectStorm
