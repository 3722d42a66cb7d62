"""The steps of a scenario that is played: when each is due, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from hypersim.service.record import Moment
from hypersim.service.scenarios.words import Step


class State(StrEnum):
    """Of a step."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    """The exchange could not take it as it was; the next ones follow all the same."""


class Taken(NamedTuple):
    """What became of a step, and when it was due; without a reason it was done."""

    due_ms: int
    reason: str = ""


class Planned:
    """A step, its place in the scenario, when it is due, and what became of it."""

    __slots__ = ("due_ms", "number", "reason", "state", "step")

    def __init__(self, number: int, step: Step, due_ms: int | None) -> None:
        self.number = number
        self.step = step
        self.due_ms = due_ms
        self.state = State.WAITING
        self.reason = ""

    def is_over(self, taken: Taken) -> None:
        """This became of it."""
        self.due_ms, self.reason = taken
        self.state = State.FAILED if taken.reason else State.DONE


class Diary(Protocol):
    """What is kept of a scenario that goes on after a restart, also after a kill."""

    def begin(self, beginning: Moment) -> None:
        """It begins here."""
        ...

    def took(self, number: int, taken: Taken) -> None:
        """This became of a step."""
        ...


class Blank:
    """The `Diary` of a scenario that ends with the server."""

    def begin(self, beginning: Moment) -> None:
        """See `Diary`."""

    def took(self, number: int, taken: Taken) -> None:
        """See `Diary`."""


class Played(NamedTuple):
    """What a diary says: when a scenario began, and the steps that were taken since, by number."""

    beginning: Moment
    taken: Mapping[int, Taken]
