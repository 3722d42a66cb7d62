"""The states of a user's trading, which may follow which, and the course through them."""

from collections import Counter
from enum import StrEnum


class State(StrEnum):
    """What a user is doing. At most one pair is open, and only in the states from PLACING to
    EXITING, or while nobody can know (OFFLINE, RECONCILING)."""

    OFFLINE = "offline"
    RECONCILING = "reconciling"
    READY = "ready"
    PAUSED = "paused"
    PLACING = "placing"
    BUYING = "buying"
    SELLING = "selling"
    CANCELING = "canceling"
    EXITING = "exiting"
    DONE = "done"
    FAILED = "failed"


class Pause(StrEnum):
    """Why nothing is placed."""

    DISCONNECTED = "disconnected"
    LOW_BALANCE = "low balance"
    PRICE_MOVED = "price moved"
    REFUSED = "refused"


class ForbiddenTransition(Exception):
    """A bug: this state cannot follow that one."""


_TRADING = {State.BUYING, State.SELLING, State.CANCELING, State.EXITING}
_BETWEEN = {State.READY, State.PAUSED}
_ALWAYS = {State.OFFLINE, State.DONE, State.FAILED}

NEXT: dict[State, set[State]] = {
    State.OFFLINE: {State.RECONCILING, State.DONE, State.FAILED},
    State.RECONCILING: _TRADING | _BETWEEN | _ALWAYS,
    State.READY: {State.PLACING, State.PAUSED} | _ALWAYS,
    State.PAUSED: {State.PLACING, State.READY} | _ALWAYS,
    State.PLACING: _TRADING | _BETWEEN | _ALWAYS | {State.RECONCILING},
    State.BUYING: (_TRADING - {State.BUYING}) | _BETWEEN | _ALWAYS | {State.RECONCILING},
    State.SELLING: {State.CANCELING, State.EXITING, State.RECONCILING} | _BETWEEN | _ALWAYS,
    State.CANCELING: {State.EXITING, State.RECONCILING} | _BETWEEN | _ALWAYS,
    State.EXITING: {State.CANCELING, State.RECONCILING} | _BETWEEN | _ALWAYS,
    State.DONE: set(),
    State.FAILED: set(),
}
"""From an answer on, a pair may be anywhere; but a sale never goes back to buying."""

OVER = frozenset({State.DONE, State.FAILED})
"""Nothing follows these."""


def check_transition(before: State, after: State) -> None:
    """Raises `ForbiddenTransition`."""
    if after not in NEXT[before]:
        raise ForbiddenTransition(f"{before} -> {after}")


class Course:
    """Which state a user is in since when, and until when nothing is to be done. `notes` are lines
    for the log, for the driver to take; `pauses` says how often there was which."""

    def __init__(self) -> None:
        self.state = State.OFFLINE
        self.since_ms = 0
        self.held_until_ms = 0
        self.pause: Pause | None = None
        self.pauses: Counter[Pause] = Counter()
        self.notes: list[str] = []

    @property
    def is_over(self) -> bool:
        """Nothing will be asked for any more."""
        return self.state in OVER

    def is_held(self, now_ms: int) -> bool:
        """Nothing is to be done yet."""
        return now_ms < self.held_until_ms

    def enter(self, state: State, now_ms: int, why: str = "") -> None:
        """Go to a state, or begin it again. Raises `ForbiddenTransition`."""
        if state is not self.state:
            check_transition(self.state, state)
        self.notes.append(f"{self.state} -> {state}{': ' if why else ''}{why}")
        self.state = state
        self.since_ms = now_ms
        self.held_until_ms = 0
        self.pause = None

    def rest(self, pause: Pause, now_ms: int, hold_ms: int, why: str) -> None:
        """Go to PAUSED; for `hold_ms` nothing ends that."""
        self.enter(State.PAUSED, now_ms, f"{pause}: {why}")
        self.pause = pause
        self.held_until_ms = now_ms + hold_ms
        self.pauses[pause] += 1
