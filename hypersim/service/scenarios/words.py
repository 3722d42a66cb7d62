"""What a scenario says: what was before it, and its steps, each with its time and one action."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from hypersim.market.candle import Interval
from hypersim.service.duration import duration_ms
from hypersim.service.record import OrderNews
from hypersim.service.scenarios.actions import (
    Action,
    ArmFault,
    ClearFaults,
    GiveMoney,
    Halt,
    PrintTrade,
    Release,
    Resume,
    SetDepth,
    SetPrice,
    SetQuote,
)
from hypersim.service.scenarios.values import Duration, Part, Symbol

STEPS_MAX = 1_000
HISTORIES_MAX = 100

_EPOCH = datetime.fromtimestamp(0, UTC)
_OFFSET = re.compile(r"\d+(ms|s|m|h|d)", re.ASCII)


class History(Part, frozen=True):
    """The candles of a market from before the scenario's beginning: a file that the replay feed
    reads, named as from the folder of the scenario, or the lines of one."""

    symbol: Symbol
    interval: Interval
    csv: Annotated[str, Meta(min_length=1)]

    @property
    def is_text(self) -> bool:
        """Whether the candles themselves stand here."""
        return "\n" in self.csv


class After(Part, frozen=True):
    """The first time that something happens to an account's order since the scenario began: it is
    taken (`order`), it trades (`fill`), it is over (`closed`); of this user and symbol, or any."""

    event: OrderNews
    user: str | UnsetType = UNSET
    symbol: Symbol | UnsetType = UNSET
    delay: Duration = "0s"

    def __post_init__(self) -> None:
        duration_ms("delay", self.delay)


class Step(Part, frozen=True):
    """One thing that happens: `at` an offset from the scenario's beginning, or a time in ISO 8601
    with Z or an offset; or `after` something; and exactly one action."""

    at: Annotated[str, Meta(examples=["90s", "2022-01-01T12:00:00Z"])] | UnsetType = UNSET
    after: After | UnsetType = UNSET
    price: SetPrice | UnsetType = UNSET
    quote: SetQuote | UnsetType = UNSET
    depth: SetDepth | UnsetType = UNSET
    trade: PrintTrade | UnsetType = UNSET
    halt: Halt | UnsetType = UNSET
    resume: Resume | UnsetType = UNSET
    release: Release | UnsetType = UNSET
    deposit: GiveMoney | UnsetType = UNSET
    fault: ArmFault | UnsetType = UNSET
    clear: ClearFaults | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.at is UNSET) == (self.after is UNSET):
            raise ValueError("a step has exactly one of at and after")
        self.due_ms(0)
        given = [name for name in ACTIONS if getattr(self, name) is not UNSET]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a step has exactly one of {', '.join(ACTIONS)}; found {found}")

    def due_ms(self, begin_ms: int) -> int | None:
        """When, in a scenario that began then; None where that depends. Raises ValueError."""
        if not isinstance(self.at, str):
            return None
        if _OFFSET.fullmatch(self.at):
            return begin_ms + duration_ms("at", self.at)
        try:
            moment = datetime.fromisoformat(self.at)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or moment < _EPOCH:
            raise ValueError(
                f"at must be a duration such as 90s, or a time such as 2022-01-01T12:00:00Z, not "
                f"{self.at[:40]!r}"
            )
        return (moment - _EPOCH) // timedelta(milliseconds=1)

    @property
    def kind(self) -> str:
        """The action's name."""
        return next(name for name in ACTIONS if getattr(self, name) is not UNSET)

    @property
    def action(self) -> Action:
        """What happens."""
        action: Action = getattr(self, self.kind)
        return action


ACTIONS = Step.__struct_fields__[2:]


class Scenario(Part, frozen=True):
    """What happens, in any order: each step has its own time. `seed` is that of the run, where the
    server is started with the scenario and with no other one."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=STEPS_MAX)]
    seed: int | UnsetType = UNSET
    history: (
        History | Annotated[tuple[History, ...], Meta(max_length=HISTORIES_MAX)] | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        actions = [step.action for step in self.steps]
        names = [one.name for one in actions if isinstance(one, ArmFault)]
        for number, action in enumerate(actions):
            if not isinstance(action, ClearFaults) or action.name is UNSET:
                continue
            if action.name not in names:
                known = ", ".join(name for name in names if isinstance(name, str)) or "none"
                raise ValueError(
                    f"no step arms a fault of this name; the names are: {known}"
                    f" - at `$.steps[{number}].clear.name`"
                )

    @property
    def histories(self) -> Mapping[str, History]:
        """By the key under which each stands."""
        match self.history:
            case History():
                return {"history": self.history}
            case tuple():
                return {f"history[{place}]": one for place, one in enumerate(self.history)}
            case _:
                return {}
