"""The states of a user's trading, and which may follow which."""

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
